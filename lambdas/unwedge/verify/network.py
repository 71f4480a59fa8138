"""The way from a task to Session Manager, in what EC2 answers: default routes and security groups. Pure."""

from collections.abc import Mapping, Sequence
from ipaddress import ip_address, ip_network
from typing import Any

from unwedge.observe.definitions import objects, text

Json = Mapping[str, Any]
_HTTPS = 443


def way_out(tables: Sequence[Json], subnet: str) -> str | None:
    """Where the default route of a subnet leads: by its own table, else by its VPC's main one. A black hole
    leads nowhere."""
    own = [table for table in tables if _associated(table, "SubnetId", subnet)]
    main = [table for table in tables if _associated(table, "Main", True)]
    for route in objects((own or main or [{}])[0].get("Routes")):
        if route.get("DestinationCidrBlock") != "0.0.0.0/0" or route.get("State") == "blackhole":
            continue
        keys = ("NatGatewayId", "GatewayId", "TransitGatewayId", "InstanceId", "NetworkInterfaceId")
        target = next((text(route.get(key)) for key in keys if route.get(key)), None)
        return target or "a target that AWS does not name"
    return None


def _associated(table: Json, key: str, value: object) -> bool:
    return any(item.get(key) == value for item in objects(table.get("Associations")))


def admits(groups: Sequence[Json], address: str | None) -> bool | None:
    """Whether one of the groups lets an address in on 443; None where a rule names another group or a
    prefix list, whose members are not read."""
    unsure = False
    for group in groups:
        for rule in objects(group.get("IpPermissions")):
            if not _on_https(rule):
                continue
            if any(_within(address, text(item.get("CidrIp"))) for item in objects(rule.get("IpRanges"))):
                return True
            unsure |= bool(rule.get("UserIdGroupPairs") or rule.get("PrefixListIds"))
    return None if unsure else False


def _on_https(rule: Json) -> bool:
    if rule.get("IpProtocol") == "-1":
        return True
    low, high = rule.get("FromPort"), rule.get("ToPort")
    return (
        rule.get("IpProtocol") == "tcp"
        and isinstance(low, int)
        and isinstance(high, int)
        and low <= _HTTPS <= high
    )


def _within(address: str | None, block: str | None) -> bool:
    try:
        return ip_address(address or "") in ip_network(block or "", strict=False)
    except ValueError:
        return False
