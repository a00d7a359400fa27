"""Who may see and do what, as search trees."""

from osler.access.policy import Everywhere, Rule, RulePolicy, policy
from osler.access.principal import LOCAL, Origin, Principal, ProxyScope

__all__ = [
    "LOCAL",
    "Everywhere",
    "Origin",
    "Principal",
    "ProxyScope",
    "Rule",
    "RulePolicy",
    "policy",
]
