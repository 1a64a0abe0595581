"""A summary as JUnit XML, which CI systems show: one case a threshold, one each for sending, delivery, what is
behind the hub where that is watched, and the run.

Pure: the summary in, text out.
"""

from xml.etree import ElementTree as ET

from paysim.loadtest.judge.behind import pipeline_faults
from paysim.loadtest.judge.verdict import delivery_faults, missed, not_acknowledged, nothing_sent
from paysim.loadtest.report.remarks import rate_missed
from paysim.summary.model import Summary

from .wording import limit_text, limit_words


def xml(summary: Summary) -> str:
    """One test suite, with a failure where and only where the run did not pass: each reason against it is in one case.

    Names do not depend on the outcome, so that a CI system can follow a case from run to run.
    """
    suite = ET.Element("testsuite", name="paysim", timestamp=summary.started_at.rstrip("Z"))
    properties = ET.SubElement(suite, "properties")
    for name, value in (("run_id", summary.run_id), ("target", summary.target)):
        ET.SubElement(properties, "property", name=name, value=value)
    if missed_rate := rate_missed(summary):
        ET.SubElement(properties, "property", name="rate", value=missed_rate)
    if summary.limit is not None:
        ET.SubElement(properties, "property", name="limit", value=limit_words(summary.limit))
    sent_s, verified_s = summary.duration_s, summary.delivery.seconds if summary.delivery else 0.0
    for threshold in summary.thresholds:
        failure = None if threshold.ok else missed(threshold)
        _case(suite, "paysim.thresholds", f"{threshold.name} {limit_text(threshold)}", failure, sent_s)
    _case(suite, "paysim.run", "transactions acknowledged", _sending_failure(summary), sent_s)
    delivery = _case(suite, "paysim.run", "delivery", _delivery_failure(summary), verified_s)
    if summary.delivery is None:
        ET.SubElement(delivery, "skipped", message="not verified")
    if summary.pipeline is not None:
        failure = "; ".join(pipeline_faults(summary.pipeline, summary.thresholds)) or None
        _case(suite, "paysim.run", "behind the hub", failure, summary.pipeline.waited_s)
    _case(suite, "paysim.run", "run", _other_failure(summary), sent_s + verified_s)
    suite.set("tests", str(len(suite.findall("testcase"))))
    suite.set("failures", str(len(suite.findall("testcase/failure"))))
    suite.set("skipped", str(len(suite.findall("testcase/skipped"))))
    suite.set("errors", "0")
    suite.set("time", f"{sent_s + verified_s:.3f}")
    ET.indent(suite)
    return '<?xml version="1.0" encoding="UTF-8"?>\n' + ET.tostring(suite, encoding="unicode") + "\n"


def _case(suite: ET.Element, group: str, name: str, failure: str | None, seconds: float) -> ET.Element:
    """`seconds`: how long that took which it judges."""
    case = ET.SubElement(suite, "testcase", classname=group, name=name, time=f"{seconds:.3f}")
    if failure is not None:
        ET.SubElement(case, "failure", type=group, message=failure).text = failure
    return case


def _other_failure(summary: Summary) -> str | None:
    """What speaks against the run and has no case of its own."""
    found = {
        *(missed(threshold) for threshold in summary.thresholds if not threshold.ok),
        *(words for words in (nothing_sent(summary), not_acknowledged(summary)) if words is not None),
        ", ".join(delivery_faults(summary)),
        *(pipeline_faults(summary.pipeline, summary.thresholds) if summary.pipeline is not None else ()),
    }
    others = [reason for reason in summary.verdict.reasons if reason not in found]
    return "; ".join(others) or None


def _sending_failure(summary: Summary) -> str | None:
    """None too where a threshold, or Locust's --exit-code-on-error 0, allows failures."""
    found = [
        words
        for words in (nothing_sent(summary), not_acknowledged(summary))
        if words is not None and words in summary.verdict.reasons
    ]
    return "; ".join(found) or None


def _delivery_failure(summary: Summary) -> str | None:
    found = delivery_faults(summary)
    return f"of the transactions of the run: {', '.join(found)}" if found else None
