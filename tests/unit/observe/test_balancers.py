"""How long a load balancer keeps a task, by the answers of Elastic Load Balancing."""

from dataclasses import replace
from typing import Any

import boto3
import pytest
from botocore.stub import Stubber

from tests.support.situations import service
from unwedge.model.service import Deregistration
from unwedge.observe import parse
from unwedge.observe.balancers import Balancers

GROUP = "arn:aws:elasticloadbalancing:us-east-1:000000000000:targetgroup/prometheus/0123456789abcdef"
OTHER = GROUP.replace("prometheus", "grafana")
KEY = "deregistration_delay.timeout_seconds"


def delay(*answers: dict[str, Any] | str, groups: tuple[str, ...] = (GROUP,)) -> Deregistration | None:
    """What is known after these answers, or error codes, one for each call."""
    client = boto3.client("elbv2", region_name="us-east-1", aws_access_key_id="a", aws_secret_access_key="b")
    with Stubber(client) as stub:
        for answer in answers:
            if isinstance(answer, str):
                stub.add_client_error("describe_target_group_attributes", answer, "no")
            else:
                stub.add_response("describe_target_group_attributes", answer)
        found = Balancers(lambda: client).deregistration(replace(service(), balancers=groups))
        stub.assert_no_pending_responses()
    return found


def attribute(value: str) -> dict[str, Any]:
    """An answer with this delay among others."""
    others = {"Key": "stickiness.enabled", "Value": "false"}
    return {"Attributes": [others, {"Key": KEY, "Value": value}]}


def test_the_attribute_is_the_delay() -> None:
    """In seconds, as a text."""
    assert delay(attribute("45")) == Deregistration(45)
    assert delay(attribute("0")) == Deregistration(0)


def test_the_longest_of_several_counts() -> None:
    """A task is registered in each of them."""
    assert delay(attribute("45"), attribute("120"), groups=(GROUP, OTHER)) == Deregistration(120)


ODD = [{"Attributes": []}, {}, *map(attribute, ("soon", "-5", "3601", "9" * 400))]


@pytest.mark.parametrize("answer", ODD)
def test_an_answer_that_does_not_tell_is_the_default_with_the_reason(answer: dict[str, Any]) -> None:
    """AWS names 300 s."""
    found = delay(answer)
    assert found
    assert found.seconds == 300
    assert KEY in found.assumed


def test_no_more_groups_are_read_than_a_service_may_have() -> None:
    """Each is a call of every pass."""
    assert delay(*[attribute("7")] * 5, groups=(GROUP,) * 9) == Deregistration(7)


def test_a_call_that_is_denied_is_the_default_with_the_answer() -> None:
    """The decision goes on, and says what it assumed."""
    found = delay("AccessDenied")
    assert found
    assert found.seconds == 300
    assert found.assumed.startswith("elasticloadbalancing:DescribeTargetGroupAttributes: AccessDenied")


def test_a_classic_load_balancer_is_not_asked() -> None:
    """It has another API."""
    found = delay(groups=("old-balancer",))
    assert found == Deregistration(300, "the connection draining of old-balancer is not read")


def test_without_a_balancer_no_client_is_made() -> None:
    """It would cost every cold start."""

    def refuse() -> Any:
        raise AssertionError("no service needs it")

    assert Balancers(refuse).deregistration(service()) is None
    assert Balancers(refuse).deregistration(None) is None


def test_a_service_names_its_target_groups_and_classic_balancers() -> None:
    """Half-written entries name nothing."""
    entries = [{"targetGroupArn": GROUP}, {"loadBalancerName": "old"}, {}, {"targetGroupArn": None}, "x"]
    found = parse.service({"serviceArn": "a", "loadBalancers": entries})
    assert found.balancers == (GROUP, "old")
