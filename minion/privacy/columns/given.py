"""Given names that many people have: what a short list of texts is asked about for. Pure."""

from __future__ import annotations

from collections.abc import Collection

_NAMES = (
    "aaron adam ahmed aisha alan albert alejandro alex alexander ali alice alina amanda amina amir "
    "amy ana andrea andreas andrei andrew angela anita anja anke ann anna anne antoine anton "
    "antonio arthur barbara beatriz ben benjamin bernd birgit bob brian brigitte bruno camille "
    "carl carla carlos carol caroline catherine cecilia charles charlotte chloe chris christian "
    "christina christine christopher claire clara claudia claus daniel daniela david deborah denis "
    "diana diego dieter dmitri donald dorothy edward elena eleonora eli elias elisabeth elizabeth "
    "ella emily emma eric erik erika eva fatima felix fernando francesca francesco francisco frank "
    "franz fred friedrich gabriel george georg giovanni giulia grace greta guido gustav hannah "
    "hans harry heather heidi heike heinz helen helena helga henry hugo ian ibrahim igor ines "
    "ingrid irene iris isabel ivan jack jacob jakob james jan jana jane janet jason javier jean "
    "jennifer jens jessica jim joan joe johan johanna john jonas jonathan jorge jose josef joseph "
    "joshua juan julia julian julie jurgen karen karin karl katharina katherine kathleen katrin "
    "kenneth kevin khalid kim klaus lara lars laura lea lena leo leon leonie leonard lily linda "
    "lisa louis louise luca lucas lucia lucy luis lukas manfred manuel marco maria marie mario "
    "mark markus marta martin martina mary mateo matteo matthew matthias max maximilian mehmet "
    "melanie mia michael michel michelle miguel mohamed mohammed monika nadia nancy natalia nathan "
    "nicholas nicolas nicole nina noah nora olaf oliver olivia omar oscar otto pablo pamela "
    "patricia patrick paul paula pedro peter petra philip pierre piotr priya rachel rafael ralf "
    "raymond rebecca richard rita robert roberto roger ruth ryan sabine sam samantha samuel sandra "
    "sara sarah scott sebastian sergei silvia simon sofia sonja sophia sophie stefan stefanie "
    "stephanie stephen steven susan susanne sven tatiana teresa theo theresa thomas tim tobias tom "
    "ulrich ursula uwe vera victor vincent vladimir walter werner william wolfgang yasmin yusuf "
    "zoe"
)
_GIVEN = frozenset(_NAMES.split())
#: This share of the different texts must begin with one.
_SHARE = 0.5


def are_people(texts: Collection[str]) -> bool:
    """Whether half of the different `texts`, two or more, begin with a name that many have."""
    begun = sum(text.replace(",", " ").split(" ")[0] in _GIVEN for text in texts)
    return begun >= 2 and begun >= _SHARE * len(texts)
