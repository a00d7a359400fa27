"""Who may see and do what, as search trees."""

from osler.access.checking import check
from osler.access.facts import Facts
from osler.access.policy import Everywhere, NamedRule, Rights, RolePolicy, Rule, RulePolicy, policy
from osler.access.principal import LOCAL, Origin, Principal, ProxyScope
from osler.access.role import PERMISSIONS, READING, WRITING, Grant, Role, shipped
from osler.access.words import words

__all__ = [
    "LOCAL",
    "PERMISSIONS",
    "READING",
    "WRITING",
    "Everywhere",
    "Facts",
    "Grant",
    "NamedRule",
    "Origin",
    "Principal",
    "ProxyScope",
    "Rights",
    "Role",
    "RolePolicy",
    "Rule",
    "RulePolicy",
    "check",
    "policy",
    "shipped",
    "words",
]
