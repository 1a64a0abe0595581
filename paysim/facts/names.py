"""How usual family names are, where Faker knows names but not their frequency.

Faker weights names of en_US, en_CA, en_AU (family and given), en_GB (family), fr_BE, nl_BE and fi_FI. Of the countries
here it knows no weights for Germany, France, Japan, Brazil and India: the most usual names stand below, `other` is all
the rest. Names are as people write them; `LATIN` transliterates what has no Latin letters.
"""

from dataclasses import dataclass
from typing import ClassVar

from . import sources as by
from .figure import Fact, Shares, Source

_UNIT = "share of people with this family name"


@dataclass(frozen=True, slots=True)
class Reading(Fact):
    """How a name is written in Latin letters."""

    unit: ClassVar[str] = "Latin letters"
    latin: str


def _row(source: Source, estimate: str, year: int, text: str) -> Shares:
    """`Name per mille, …` and the rest as `other`."""
    parts = {name: float(share) / 1000 for name, share in (entry.rsplit(" ", 1) for entry in text.split(", "))}
    return Shares({**parts, "other": 1 - sum(parts.values())}, _UNIT, year=year, source=source, estimate=estimate)


FAMILY: dict[str, Shares] = {
    "DE": _row(
        by.NAME_ATLAS_DE,
        "of telephone connections, rounded to a tenth of a per mille",
        1995,
        "Müller 9.5, Schmidt 6.9, Schneider 4.0, Fischer 3.5, Meyer 3.3, Weber 3.0, Schulz 2.7, Wagner 2.7, Becker "
        "2.7, "
        "Hoffmann 2.6, Koch 2.1, Bauer 2.0, Richter 2.0, Klein 1.9, Schäfer 1.8, Wolf 1.7, Schröder 1.7, Neumann 1.6, "
        "Schwarz 1.4, Zimmermann 1.4, Braun 1.4, Krüger 1.4, Hofmann 1.3, Hartmann 1.3, Lange 1.2",
    ),
    "FR": _row(
        by.INSEE_NAMES,
        "of births of a century, rounded to a tenth of a per mille",
        2000,
        "Martin 3.5, Bernard 1.9, Thomas 1.6, Petit 1.6, Robert 1.6, Richard 1.5, Durand 1.5, Dubois 1.4, Moreau 1.4, "
        "Laurent 1.4, Simon 1.3, Michel 1.3, Lefebvre 1.2, Leroy 1.2, Roux 1.1, David 1.1, Bertrand 1.0, Morel 1.0, "
        "Fournier 1.0, Girard 0.9, Bonnet 0.9, Dupont 0.9, Lambert 0.8, Fontaine 0.8, Rousseau 0.8",
    ),
    "JP": _row(
        by.MEIJI_YASUDA,
        "of policy holders, rounded to a tenth of a per mille",
        2018,
        "佐藤 15.1, 鈴木 14.4, 高橋 11.3, 田中 10.8, 伊藤 8.6, 渡辺 8.5, 山本 8.4, 中村 8.3, 小林 8.2, 加藤 7.1, "
        "吉田 6.6, 山田 6.5, 佐々木 5.4, 山口 5.1, 松本 5.0, 井上 4.9, 木村 4.6, 林 4.4, 斎藤 4.3, 清水 4.2, "
        "山崎 3.8, 森 3.7, 阿部 3.6, 池田 3.6, 橋本 3.5",
    ),
    "BR": _row(
        by.IBGE_NAMES,
        "of people with the name, who often have two; halved, as one name stands here",
        2022,
        "Silva 84, Santos 53, Oliveira 30, Souza 26, Pereira 17, Ferreira 15, Lima 15, Alves 14, Rodrigues 14, Costa "
        "12, "
        "Sousa 12, Gomes 10, Nascimento 10, Araújo 9, Ribeiro 9, Almeida 8, Jesus 8, Barbosa 7, Soares 7, Carvalho 7",
    ),
    "IN": _row(
        by.OWN,
        "no national table found: names that lead in several states, in round per mille",
        2024,
        "Kumar 38, Singh 34, Devi 28, Das 13, Kaur 12, Ram 11, Yadav 11, Sharma 10, Patel 9, Khan 9, Shaikh 8, Gupta "
        "7, "
        "Mondal 6, Verma 6, Jain 4, Reddy 4, Nair 3, Joshi 3, Rao 3, Iyer 2",
    ),
}
_READ = (
    "佐藤 sato, 鈴木 suzuki, 高橋 takahashi, 田中 tanaka, 伊藤 ito, 渡辺 watanabe, 山本 yamamoto, 中村 nakamura, "
    "小林 kobayashi, 加藤 kato, 吉田 yoshida, 山田 yamada, 佐々木 sasaki, 山口 yamaguchi, 松本 matsumoto, "
    "井上 inoue, 木村 kimura, 林 hayashi, 斎藤 saito, 清水 shimizu, 山崎 yamazaki, 森 mori, 阿部 abe, 池田 ikeda, "
    "橋本 hashimoto"
)
LATIN: dict[str, Reading] = {
    entry.split()[0]: Reading(entry.split()[1], year=2018, source=by.MEIJI_YASUDA, estimate="Hepburn, without marks")
    for entry in _READ.split(", ")
}
