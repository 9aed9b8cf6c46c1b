"""People who do not exist, the same ones on every machine."""

from dataclasses import dataclass
from datetime import date
from random import Random

FIRST_NAMES = ["Ada", "Amina", "Björn", "Carmen", "Chidi", "Daniel", "Dorota", "Emeka", "Esther", "Fatima", "Felix", "Grace", "Hamza", "Hannah", "Ingrid", "Isaac", "Jun", "Kofi", "Lena", "Luca", "Maeve", "Marek", "Mei", "Nadia", "Noor", "Oliver", "Oscar", "Priya", "Quentin", "Rosa", "Samir", "Sofia", "Tariq", "Theo", "Uma", "Vera", "Wanda", "Xavier", "Yusuf", "Zoë"]
LAST_NAMES = ["Abara", "Adeyemi", "Ahmed", "Becker", "Bianchi", "Brown", "Castillo", "Chen", "Clarke", "Dąbrowska", "Davies", "Evans", "Fernández", "Fischer", "Garcia", "Greene", "Haddad", "Hughes", "Ivanova", "Jansen", "Johansson", "Kaur", "Khan", "Kowalski", "Lindqvist", "Murphy", "Nakamura", "Novak", "Okafor", "O’Brien", "Patel", "Quinn", "Rossi", "Sato", "Schmidt", "Silva", "Taylor", "Tran", "Walker", "Yilmaz"]
STREETS = ["Abbey Lane", "Bridge Street", "Cathedral Close", "Dockside", "Elm Grove", "Foundry Road", "Granary Wharf", "Harbour View", "Ivy Terrace", "King’s Parade", "Market Square", "Mill Hill", "Orchard Way", "Priory Row", "Quarry Road", "Station Approach"]
TOWNS = (
    ("Ely", "CB7"),
    ("Hebden Bridge", "HX7"),
    ("Lewes", "BN7"),
    ("Ludlow", "SY8"),
    ("Norwich", "NR2"),
    ("Oban", "PA34"),
    ("Penarth", "CF64"),
    ("Whitby", "YO21"),
)
# Ofcom keeps the numbers that begin so free for people who do not exist.
PHONES = ("113 4960", "114 4960", "115 4960", "116 4960", "117 4960", "118 4960", "121 4960", "131 4960", "141 4960", "151 4960", "161 4960", "191 4980", "1632 960", "20 7946 0", "28 9649 6", "29 2018 0", "7700 900")
NOTES = (
    "Rings before coming in. Prefers hardbacks.",
    "Leave parcels with the neighbour at number 4.",
    "Recovering from an operation until spring: deliver upstairs.",
    "Collects first editions; budget about 200 pounds a month.",
    "Has a dog. Do not ring the bell in the evening.",
)


@dataclass(frozen=True)
class Person:
    name: str
    email: str
    phone: str
    address: str
    date_of_birth: date
    notes: str


def person(number):
    """The invented person with this number, always the same one."""
    chance = Random(f"bookshop {number}")
    first, last = chance.choice(FIRST_NAMES), chance.choice(LAST_NAMES)
    town, district = chance.choice(TOWNS)
    postcode = f"{district} {chance.randint(1, 9)}{''.join(chance.choices('ABDEFGHJ', k=2))}"
    street = f"{chance.randint(1, 180)} {chance.choice(STREETS)}"
    return Person(
        name=f"{first} {last}",
        email=f"{_ascii(first)}.{_ascii(last)}{number}@example.com",
        phone=_phone(number),
        address=f"{street}\n{town}\n{postcode}",
        date_of_birth=date(
            chance.randint(1938, 2006), chance.randint(1, 12), chance.randint(1, 28)
        ),
        notes=chance.choice(NOTES) if chance.random() < 0.3 else "",
    )


def _phone(number):
    """One of 17 000 numbers; seventeen thousand people in a row have each their own."""
    area, line = divmod(number * 7919 % (len(PHONES) * 1000), 1000)
    return f"+44 {PHONES[area]}{line:03}"


def _ascii(name):
    letters = name.lower().translate(str.maketrans("öëąá", "oeaa", "’"))
    return letters.encode("ascii", "ignore").decode()
