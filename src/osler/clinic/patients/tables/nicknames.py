"""Given names and what people call themselves by them; ours, of common knowledge."""

from __future__ import annotations

_GROUPS = """
alexander alex xander sasha;alexandra alex sandra sasha;andrew andy drew;anthony tony;benjamin ben benny
catherine katherine kathryn kate katie kathy cathy kat kitty;charles charlie chuck;christina chris tina
christopher chris kit;daniel dan danny;david dave;deborah debra deb debbie;edward ed eddie ted ned
elizabeth eliza liz lizzie beth betty betsy lisa;emily emma em;frances fran;francis frank;francisco paco pancho
frederick fred freddie;gabriel gabe;gregory greg;guadalupe lupe;henry harry hank;ignacio nacho;isabel isabella bella
jacob jake;james jim jimmy jamie;jennifer jen jenny;jesus chuy;jessica jess;john jack johnny jon;jonathan jon
jose pepe;joseph joe joey;joshua josh;judith judy;kenneth ken kenny;kimberly kim;lawrence larry;leonard leo len
luis lucho;manuel manny manolo;margaret maggie meg peggy marge;maria mary mari;matthew matt;michael mike mick
michelle shelly;nathaniel nathan nate;nicholas nick;pamela pam;patricia pat patty trish;patrick pat paddy
peter pete;philip phil;rafael rafa;raymond ray;rebecca becky becca;richard rich rick dick;robert rob bob bobby bert
roberto beto;ronald ron;rosa rosie;samantha sam;samuel sam;sarah sara sally;stephanie steph;steven stephen steve
susan sue susie;theodore ted theo;theresa teresa terry tess;thomas tom tommy;timothy tim;victoria vicky tori
vincent vince;walter walt;william will bill billy liam;zachary zach
"""


def _table() -> dict[str, frozenset[int]]:
    found: dict[str, set[int]] = {}
    groups = (one for line in _GROUPS.strip().split("\n") for one in line.split(";"))
    for number, group in enumerate(groups):
        for name in group.split():
            found.setdefault(name, set()).add(number)
    return {name: frozenset(numbers) for name, numbers in found.items()}


_OF = _table()


def same(one: str, other: str) -> bool:
    """Whether both (in lower case, without accents) are names for the same given name."""
    return bool(_OF.get(one, frozenset()) & _OF.get(other, frozenset()))
