"""A summary as JUnit XML, which CI systems show: one case a threshold, one each for sending, delivery and the run.

Pure: the summary in, text out.
"""

from typing import Any
from xml.etree import ElementTree as ET

from .verdict import delivery_faults
from .wording import limit_text, number


def xml(summary: dict[str, Any]) -> str:
    """One test suite."""
    suite = ET.Element("testsuite", name="paysim", timestamp=summary["started_at"].rstrip("Z"))
    properties = ET.SubElement(suite, "properties")
    for name in ("run_id", "target"):
        ET.SubElement(properties, "property", name=name, value=summary[name])
    for threshold in summary["thresholds"]:
        failure = None
        if not threshold["ok"]:
            actual = "was not measured" if threshold["actual"] is None else f"was {number(threshold['actual'])}"
            failure = f"{threshold['name']} {actual}, and has to be {limit_text(threshold)}"
        _case(suite, "paysim.thresholds", f"{threshold['name']} {limit_text(threshold)}", failure)
    _case(suite, "paysim.run", "transactions acknowledged", _sending_failure(summary))
    if summary["delivery"] is None:
        ET.SubElement(_case(suite, "paysim.run", "delivery", None), "skipped", message="not verified")
    else:
        _case(suite, "paysim.run", "delivery", _delivery_failure(summary))
    code = summary["exit_code"]
    _case(suite, "paysim.run", "exit code 0", f"the exit code is {code}" if code else None)
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


def _sending_failure(summary: dict[str, Any]) -> str | None:
    """None too where a threshold, or Locust's --exit-code-on-error 0, allows failures."""
    counts = summary["transactions"]
    allowed = _has(summary, "error_rate") or not summary["exit_code"]
    if allowed or not counts["failed"] + counts["unknown"]:
        return None
    return f"{counts['failed']:,} transactions failed, the outcome of {counts['unknown']:,} is unknown"


def _delivery_failure(summary: dict[str, Any]) -> str | None:
    found = delivery_faults(summary)
    return f"of the transactions of the run: {', '.join(found)}" if found else None


def _has(summary: dict[str, Any], threshold: str) -> bool:
    return any(each["name"] == threshold for each in summary["thresholds"])
