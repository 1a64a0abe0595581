"""A summary as JUnit XML, which CI systems show: one case a threshold, one each for sending, delivery and the run.

Pure: the summary in, text out.
"""

from typing import Any
from xml.etree import ElementTree as ET

from .verdict import PASSED, delivery_faults, missed, not_acknowledged, nothing_sent
from .wording import limit_text


def xml(summary: dict[str, Any]) -> str:
    """One test suite."""
    suite = ET.Element("testsuite", name="paysim", timestamp=summary["started_at"].rstrip("Z"))
    properties = ET.SubElement(suite, "properties")
    for name in ("run_id", "target"):
        ET.SubElement(properties, "property", name=name, value=summary[name])
    for threshold in summary["thresholds"]:
        failure = None if threshold["ok"] else missed(threshold)
        _case(suite, "paysim.thresholds", f"{threshold['name']} {limit_text(threshold)}", failure)
    _case(suite, "paysim.run", "transactions acknowledged", _sending_failure(summary))
    if summary["delivery"] is None:
        ET.SubElement(_case(suite, "paysim.run", "delivery", None), "skipped", message="not verified")
    else:
        _case(suite, "paysim.run", "delivery", _delivery_failure(summary))
    _case(suite, "paysim.run", "exit code 0", _verdict_failure(summary["verdict"]))
    suite.set("tests", str(len(suite.findall("testcase"))))
    suite.set("failures", str(len(suite.findall("testcase/failure"))))
    suite.set("skipped", str(len(suite.findall("testcase/skipped"))))
    suite.set("errors", "0")
    suite.set("time", f"{summary['duration_s']:.3f}")
    ET.indent(suite)
    return '<?xml version="1.0" encoding="UTF-8"?>\n' + ET.tostring(suite, encoding="unicode") + "\n"


def _case(suite: ET.Element, group: str, name: str, failure: str | None) -> ET.Element:
    case = ET.SubElement(suite, "testcase", classname=group, name=name, time="0")
    if failure is not None:
        ET.SubElement(case, "failure", type=group, message=failure).text = failure
    return case


def _verdict_failure(verdict: dict[str, Any]) -> str | None:
    """All that speaks against the run: in this case the suite and the exit code agree."""
    if verdict["outcome"] == PASSED:
        return None
    return f"{verdict['outcome']}, the exit code is {verdict['exit_code']}: {'; '.join(verdict['reasons'])}"


def _sending_failure(summary: dict[str, Any]) -> str | None:
    """None too where a threshold, or Locust's --exit-code-on-error 0, allows failures."""
    found = [
        words
        for words in (nothing_sent(summary), not_acknowledged(summary))
        if words is not None and words in summary["verdict"]["reasons"]
    ]
    return "; ".join(found) or None


def _delivery_failure(summary: dict[str, Any]) -> str | None:
    found = delivery_faults(summary)
    return f"of the transactions of the run: {', '.join(found)}" if found else None
