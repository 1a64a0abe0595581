"""What shops call what they do, by ISO 18245 code and language: a merchant is a family's name, Faker's, and one of these.

Faker's own company names know no trade: its pharmacies are called “Kobayashi Electric”, and some Dutch ones are real.
"""

# ruff: noqa: E501 (a table)

from .countries import COUNTRIES
from .languages import LANGUAGES

# How a name is put together; elsewhere the trade stands first.
_NAME_FIRST = {"en": "{name} {trade}", "ja": "{name}{trade}"}
_WITH_FORM = 0.35  # share of shops that name their form of company as well

# In the order of LANGUAGES.
_TRADES: dict[str, str] = {
    "5411": "Market|Lebensmittel|Épicerie|スーパー|Supermercado|Supermercado|Supermercato|Supermarkt|Ruokakauppa",
    "5311": "Department Store|Kaufhaus|Grand Magasin|百貨店|Armazéns|Almacenes|Grandi Magazzini|Warenhuis|Tavaratalo",
    "5651": "Clothing|Modehaus|Mode|衣料|Modas|Modas|Abbigliamento|Mode|Vaatetus",
    "5732": "Electronics|Elektronik|Électronique|電器|Eletrodomésticos|Electrónica|Elettronica|Elektronica|Elektroniikka",
    "5661": "Shoes|Schuhhaus|Chaussures|靴店|Calçados|Calzados|Calzature|Schoenen|Kengät",
    "5712": "Furniture|Möbelhaus|Meubles|家具|Móveis|Muebles|Arredamenti|Meubelen|Kalusteet",
    "5942": "Books|Buchhandlung|Librairie|書店|Livraria|Librería|Libreria|Boekhandel|Kirjakauppa",
    "5200": "Hardware|Baumarkt|Bricolage|ホームセンター|Materiais de Construção|Bricolaje|Fai da Te|Bouwmarkt|Rautakauppa",
    "5945": "Toys & Hobbies|Spielwaren|Jouets|玩具店|Brinquedos|Juguetería|Giocattoli|Speelgoed|Lelukauppa",
    "5812": "Kitchen|Gasthaus|Restaurant|食堂|Restaurante|Restaurante|Ristorante|Restaurant|Ravintola",
    "5814": "Burgers|Imbiss|Snack|うどん|Lanchonete|Hamburguesería|Paninoteca|Snackbar|Grilli",
    "5813": "Tavern|Kneipe|Bar|酒場|Bar|Bar|Bar|Café|Baari",
    "5462": "Bakery|Bäckerei|Boulangerie|ベーカリー|Padaria|Panadería|Panificio|Bakkerij|Leipomo",
    "7011": "Hotel|Hotel|Hôtel|ホテル|Hotel|Hotel|Hotel|Hotel|Hotelli",
    "4111": "Transit|Verkehrsbetriebe|Transports|交通|Transportes Urbanos|Transportes Urbanos|Trasporti|Streekvervoer|Liikenne",
    "4121": "Taxi|Taxi|Taxis|タクシー|Táxi|Taxi|Taxi|Taxi|Taksi",
    "4722": "Travel|Reisebüro|Voyages|旅行|Turismo|Viajes|Viaggi|Reizen|Matkat",
    "4511": "Airways|Fluglinie|Aviation|航空|Linhas Aéreas|Líneas Aéreas|Linee Aeree|Airlines|Lentoyhtiö",
    "7512": "Car Rental|Autovermietung|Location Auto|レンタカー|Rent a Car|Alquiler de Coches|Autonoleggio|Autoverhuur|Autovuokraamo",
    "4112": "Rail|Eisenbahn|Chemins de Fer|鉄道|Ferrovias|Ferrocarriles|Ferrovie|Spoorwegen|Rautatie",
    "7832": "Cinema|Lichtspiele|Cinéma|シネマ|Cinema|Cines|Cinema|Bioscoop|Elokuvat",
    "5816": "Games|Games|Jeux Vidéo|ゲームス|Games|Juegos|Games|Games|Pelit",
    "5815": "Media|Medien|Médias|メディア|Conteúdos Digitais|Contenidos Digitales|Media|Media|Media",
    "7922": "Theater Tickets|Theaterkasse|Spectacles|劇場|Espetáculos|Espectáculos|Spettacoli|Theater|Teatteri",
    "7997": "Fitness Club|Fitnessclub|Club de Sport|スポーツクラブ|Academia|Gimnasio|Palestra|Sportclub|Kuntoklubi",
    "7996": "Amusement Park|Freizeitpark|Parc de Loisirs|遊園地|Parque de Diversões|Parque de Atracciones|Luna Park|Pretpark|Huvipuisto",
    "5912": "Pharmacy|Apotheke|Pharmacie|薬局|Farmácia|Farmacia|Farmacia|Apotheek|Apteekki",
    "8011": "Medical Practice|Arztpraxis|Cabinet Médical|医院|Clínica Médica|Consulta Médica|Studio Medico|Huisartsenpraktijk|Lääkäriasema",
    "8021": "Dental|Zahnarztpraxis|Cabinet Dentaire|歯科|Odontologia|Clínica Dental|Studio Dentistico|Tandartspraktijk|Hammaslääkärit",
    "8099": "Health Services|Gesundheitsdienst|Services de Santé|健康センター|Serviços de Saúde|Servicios Sanitarios|Servizi Sanitari|Zorgdiensten|Terveyspalvelut",
    "8043": "Opticians|Optik|Optique|眼鏡|Ótica|Óptica|Ottica|Opticiens|Optiikka",
    "8062": "Hospital|Klinik|Clinique|病院|Hospital|Hospital|Casa di Cura|Ziekenhuis|Sairaala",
    "8299": "Academy|Bildungszentrum|Formation|教室|Cursos|Academia|Formazione|Opleidingen|Koulutus",
    "8220": "College|Hochschule|École Supérieure|大学|Faculdade|Universidad|Università|Hogeschool|Korkeakoulu",
    "8211": "School|Privatschule|École|学園|Colégio|Colegio|Scuola|School|Koulu",
    "8244": "Business School|Handelsschule|École de Commerce|ビジネススクール|Escola de Negócios|Escuela de Negocios|Scuola di Commercio|Handelsschool|Kauppaopisto",
    "8241": "Distance Learning|Fernschule|Cours à Distance|通信教育|Ensino a Distância|Educación a Distancia|Formazione a Distanza|Afstandsonderwijs|Etäopisto",
    "4814": "Telecom|Telekommunikation|Télécom|通信|Telecom|Telecom|Telefonia|Telecom|Tietoliikenne",
    "5541": "Service Station|Tankstelle|Station-Service|石油|Posto|Estación de Servicio|Stazione di Servizio|Tankstation|Huoltoasema",
    "4900": "Utilities|Energie|Énergie|電力|Energia|Energía|Energia|Energie|Energia",
    "7230": "Hair Salon|Friseur|Coiffure|美容室|Cabeleireiros|Peluquería|Parrucchieri|Kapsalon|Kampaamo",
    "7538": "Auto Repair|Kfz-Werkstatt|Garage|自動車|Oficina|Talleres|Autofficina|Garage|Autokorjaamo",
    "6300": "Insurance|Versicherung|Assurances|保険|Seguros|Seguros|Assicurazioni|Verzekeringen|Vakuutus",
    "8398": "Foundation|Stiftung|Fondation|財団|Fundação|Fundación|Fondazione|Stichting|Säätiö",
}  # fmt: skip


def trade(code: str, country: str) -> str:
    """What a shop of this code is called in a country."""
    return _TRADES[code].split("|")[LANGUAGES.index(COUNTRIES[country].language)]


def name(family: str, code: str, country: str, draw: float) -> str:
    """A shop's name, of a family's name. draw: uniform in [0, 1)."""
    language = COUNTRIES[country].language
    found = _NAME_FIRST.get(language, "{trade} {name}").format(name=family, trade=trade(code, country))
    if draw >= _WITH_FORM:
        return found
    forms = COUNTRIES[country].legal_forms
    legal = forms[int(draw / _WITH_FORM * len(forms))]
    return f"{legal}{found}" if language == "ja" else f"{found} {legal}"
