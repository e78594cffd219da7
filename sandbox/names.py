"""Names of people and companies in many scripts, chosen by number; invents no address and knows no record."""

import unicodedata
from dataclasses import dataclass

_LATIN_FIRST = (
    *("Anna", "José", "Zoë", "Björn", "Siân", "Łukasz", "Çelik", "Renée", "Mary-Ann", "Jürgen"),
    *("Amélie", "Søren", "Ngọc", "Dvořák", "Ana María", "Tom", "Grace", "Óscar", "Ingrid", "Malik"),
    *("Niamh", "Paweł", "Þórdís", "Chloé", "Daniel", "Fatima", "Rosalind", "Émile", "Käthe", "Yusuf"),
)
_LATIN_LAST = (
    *("O'Brien", "García Márquez", "Müller", "Ångström", "Łuczak", "Şahin", "d'Arc", "van der Berg", "Smith", "Núñez"),
    *("Lefèvre", "Nguyễn", "Kowalczyk", "Þorsteinsson", "Jones-Parry", "Østergaard", "Brontë", "Weiß", "O'Hara"),
    *("Dvořáková", "Conceição", "McAllister", "Håkansson", "Okafor", "Rossi", "Čapek", "Silva", "Taylor", "Baker"),
)
_OTHER: tuple[tuple[tuple[str, ...], tuple[str, ...]], ...] = (
    (("Ελένη", "Γιώργος", "Σοφία", "Νίκος"), ("Παπαδόπουλος", "Οικονόμου", "Καραγιάννη", "Δημητρίου")),
    (("Анна", "Борис", "Юлія", "Светлана"), ("Иванова", "Шевченко", "Достоевский", "Петров")),
    (("محمد", "فاطمة", "ليلى", "يوسف"), ("الخوارزمي", "حداد", "المنصور", "نجار")),
    (("דוד", "נועה", "שירה", "אבי"), ("כהן", "לוי", "פרידמן", "מזרחי")),
    (("伟", "秀英", "さくら", "健太"), ("王", "欧阳", "佐藤", "高橋")),
    (("민준", "서연", "지후", "하은"), ("김", "이", "박", "최")),
    (("สมชาย", "มาลี", "นภา", "วิชัย"), ("ใจดี", "ศรีสุข", "ทองคำ", "แสงจันทร์")),
    (("अनन्या", "राजेश", "प्रिया", "विक्रम"), ("शर्मा", "गुप्ता", "पटेल", "सिंह")),
)
_COMPANY_FIRST = (
    "North",
    "Blue",
    "Harbor",
    "Cedar",
    "Union",
    "Élan",
    "Crown",
    "Meridian",
    "Óptima",
    "Summit",
    "東京",
    "Альфа",
)
_COMPANY_LAST = (
    "Dental Society",
    "Builders",
    "Credit Union",
    "Foods",
    "Institute",
    "Press",
    "Robotics",
    "Travel",
    "& Sons",
)
_PLACES = (
    ("Boston", "MA", "02108", "US"),
    ("Bethesda", "MD", "20814", "US"),
    ("Montréal", "QC", "H2Y 1C6", "CA"),
    ("München", "BY", "80331", "DE"),
    ("São Paulo", "SP", "01001-000", "BR"),
    ("京都", "26", "600-8001", "JP"),
    ("Αθήνα", "I", "105 57", "GR"),
    ("London", "", "WC2N 5DU", "GB"),
)
_LATIN_SHARE = 72  # in a hundred


@dataclass(frozen=True, slots=True)
class Place:
    city: str
    state: str
    postal_code: str
    country: str


def full_name(number: int) -> tuple[str, str]:
    """First and last name; about seven of ten are Latin with accents, the rest in eight other scripts."""
    share, rest = number % 100, number // 100
    if share < _LATIN_SHARE:
        first, last = _LATIN_FIRST, _LATIN_LAST
    else:
        first, last = _OTHER[rest % len(_OTHER)]
        rest //= len(_OTHER)
    return first[rest % len(first)], last[rest // len(first) % len(last)]


def company(number: int) -> str:
    return f"{_COMPANY_FIRST[number % len(_COMPANY_FIRST)]} {_COMPANY_LAST[number // 97 % len(_COMPANY_LAST)]}"


def place(number: int) -> Place:
    return Place(*_PLACES[number % len(_PLACES)])


def plain(text: str) -> str:
    """What is left of a name in an e-mail address: lower-case ASCII letters and apostrophes, perhaps nothing."""
    folded = unicodedata.normalize("NFKD", text.casefold())
    return "".join(letter for letter in folded if letter.isascii() and (letter.isalpha() or letter == "'"))
