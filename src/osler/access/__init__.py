"""Who may see and do what, as search trees."""

from osler.access.policy import Everywhere, Rule, RulePolicy, policy
from osler.access.principal import LOCAL, Origin, Principal

__all__ = ["LOCAL", "Everywhere", "Origin", "Principal", "Rule", "RulePolicy", "policy"]
