"""Who says so: the publications that the rows cite. A name here is the publisher's and the document's, in short."""

from .figure import Source

OWN = Source("paysim", "assumption of this project")
"""For rows that no publication was found for. Their `estimate` says what they rest on."""

# Central banks and statistical offices.
FED_DIARY = Source(
    "Federal Reserve Bank of Atlanta",
    "2024 Survey and Diary of Consumer Payment Choice",
    "https://www.atlantafed.org/research-and-data/surveys/survey-and-diary-of-consumer-payment-choice",
)
FED_STUDY = Source(
    "Federal Reserve",
    "Payments Study, 2022 triennial, data of 2021 and later",
    "https://www.federalreserve.gov/paymentsystems/fr-payments-study.htm",
    unread=True,
)
ECB_STATISTICS = Source(
    "European Central Bank",
    "Payments statistics, second half of 2024",
    "https://www.ecb.europa.eu/press/stats/paysec/html/index.en.html",
)
ECB_SPACE = Source(
    "European Central Bank",
    "Study on the payment attitudes of consumers in the euro area (SPACE) 2024",
    "https://www.ecb.europa.eu/stats/ecb_surveys/space/html/index.en.html",
)
WORLD_BANK = Source(
    "World Bank",
    "World Development Indicators, PPP conversion factor of private consumption (PA.NUS.PRVT.PP), 2023",
    "https://data.worldbank.org/indicator/PA.NUS.PRVT.PP",
    through="Knoema",
)
ECB_RATES = Source(
    "European Central Bank", "euro foreign exchange reference rates", "https://www.ecb.europa.eu", unread=True
)
EBA_FRAUD = Source("European Banking Authority and ECB", "2025 report on payment fraud", through="financialcrime.lu")
BUNDESBANK = Source(
    "Deutsche Bundesbank",
    "Zahlungsverhalten in Deutschland 2023, shares of transactions",
    "https://www.bundesbank.de/de/publikationen/berichte/studien/zahlungsverhalten-in-deutschland-2023-934826",
)
BUNDESBANK_STATISTICS = Source(
    "Deutsche Bundesbank", "Zahlungsverkehrsstatistik 2023", "https://www.bundesbank.de", "dts"
)
BANQUE_DE_FRANCE = Source(
    "Banque de France",
    "Bulletin: usage des moyens de paiement en France en 2024",
    "https://www.banque-france.fr/fr/publications-et-statistiques/publications/"
    "en-2024-les-francais-ont-continue-dadopter-des-usages-innovants-dans-leurs-paiements",
)
BANQUE_DE_FRANCE_2022 = Source(
    "Banque de France", "Bulletin 249/4, moyens de paiement en 2022", "https://www.banque-france.fr", "BFM"
)
RBA_RETAIL = Source(
    "Reserve Bank of Australia",
    "Retail Payments October 2024, device-present and wallet series",
    "https://www.rba.gov.au/statistics/frequency/retail-payments/2024/retail-payments-1024.html",
)
RBA_RETAIL_MARCH = Source(
    "Reserve Bank of Australia",
    "Retail Payments March 2024, number and value of card purchases",
    "https://www.rba.gov.au/statistics/frequency/retail-payments/2024/retail-payments-0324.html",
)
RBA_BOARD = Source(
    "Reserve Bank of Australia",
    "Payments System Board Annual Report 2023, the evolving retail payments landscape",
    "https://www.rba.gov.au/publications/annual-reports/psb/2023/the-evolving-retail-payments-landscape.html",
)
RBA_SURVEY = Source(
    "Reserve Bank of Australia",
    "RDP 2023-08, Consumer Payments Survey 2022",
    "https://www.rba.gov.au/publications/rdp/2023/2023-08/full.html",
)
BCB_RETAIL = Source(
    "Banco Central do Brasil",
    "Estatísticas de Pagamentos de Varejo e de Cartões no Brasil 2024",
    "https://www.bcb.gov.br/estatisticas/spbadendos",
)
BCB_PIX_REPORT = Source(
    "Banco Central do Brasil", "Relatório de Gestão do Pix 2020 a 2022", "https://www.bcb.gov.br", "Seu Dinheiro"
)
BCB_PIX_KEYS = Source(
    "Banco Central do Brasil",
    "Pix statistics, registered keys",
    "https://www.bcb.gov.br/estabilidadefinanceira/estatisticaspix",
    unread=True,
)
BCB_PIX_MANUAL = Source(
    "Banco Central do Brasil",
    "Manual de padrões para iniciação do Pix, EndToEndId",
    "https://www.bcb.gov.br/estabilidadefinanceira/pix",
    unread=True,
)
RBI_REPORT = Source(
    "Reserve Bank of India",
    "Payment System Report, December 2024",
    "https://rbi.org.in/Scripts/PublicationsView.aspx?id=23127",
)
RBI_CONTACTLESS = Source(
    "Reserve Bank of India",
    "Card transactions in contactless mode, relaxation of AFA, December 2020",
    "https://rbi.org.in",
    unread=True,
)
METI = Source(
    "Ministry of Economy, Trade and Industry",
    "cashless payment ratio 2024, value by instrument",
    "https://www.meti.go.jp/english/press/2024/0329_002.html",
    "JCCI",
)
BTS = Source(
    "Bureau of Transportation Statistics", "2023 annual average domestic itinerary air fare", "https://www.bts.gov"
)
BLS = Source(
    "Bureau of Labor Statistics",
    "Current Employment Statistics, length of pay periods, 2023",
    "https://www.bls.gov",
    unread=True,
)

# Payment associations and schemes.
UK_FINANCE_CARDS = Source(
    "UK Finance",
    "card spending in 2024",
    "https://www.ukfinance.org.uk/news-and-insight/press-release/ps1-trillion-worth-uk-card-transactions-in-2024",
)
UK_FINANCE_MARKETS = Source("UK Finance", "UK Payment Markets 2025", "https://www.ukfinance.org.uk", "particle.news")
BARCLAYS = Source("Barclays", "contactless share of eligible in-store card payments in 2024", through="Independent")
FCA = Source("Financial Conduct Authority", "contactless limits from 19 March 2026", "https://www.fca.org.uk")
PAYMENTS_CANADA = Source(
    "Payments Canada",
    "Canadian Payment Methods and Trends 2025, data of 2024",
    "https://www.payments.ca",
    "Retail Insider",
)
PAYMENTS_CANADA_2023 = Source("Payments Canada", "Canadian Payment Methods and Trends 2024", through="Transact365")
PAYMENTS_CANADA_RULES = Source(
    "Payments Canada", "Rule F1, automated funds transfer; return reasons", "https://www.payments.ca", unread=True
)
EURO_KARTENSYSTEME = Source(
    "EURO Kartensysteme",
    "girocard Jahreszahlen 2024",
    "https://www.initiative-deutsche-zahlungssysteme.de/newsroom/aktuelles/2025/18022025/",
)
ABECS = Source("Abecs", "balanço 2024, transactions and contactless share", "https://www.abecs.org.br", "abisa.com.br")
ABECS_TICKETS = Source("Abecs", "first half of 2024, average tickets", "https://panoramaabecs.com.br")
WORLDLINE = Source("Worldline", "India Digital Payments Report", "https://worldline.com/en-in", "Business Standard")
WORLDLINE_2022 = Source("Worldline", "India Digital Payments Report, third quarter of 2022", through="Asia One")
NPCI_LIMITS = Source(
    "National Payments Corporation of India", "circulars on UPI limits", "https://www.npci.org.in", "Zee News"
)
NPCI_CODES = Source(
    "National Payments Corporation of India", "UPI error and response codes 2.9", "https://www.npci.org.in", "Juspay"
)
NPCI_APPS = Source(
    "National Payments Corporation of India",
    "UPI ecosystem statistics, apps by volume",
    "https://www.npci.org.in",
    unread=True,
)
NACHA = Source("Nacha", "ACH consumer bill payments, average 2024", "https://www.nacha.org", unread=True)
NACHA_RULES = Source(
    "Nacha", "Operating Rules: return reasons, same-day limit, banking days", "https://www.nacha.org", unread=True
)
PAY_UK = Source("Pay.UK", "Faster Payments reason codes", "https://www.wearepay.uk", "Numeral")
PAY_UK_SCHEME = Source(
    "Pay.UK", "Faster Payments: hours and limit of a payment", "https://www.wearepay.uk", unread=True
)
EPC = Source(
    "European Payments Council",
    "SEPA credit transfer and instant credit transfer rulebooks",
    "https://www.europeanpaymentscouncil.eu",
    unread=True,
)
INSTANT_REGULATION = Source(
    "European Union", "Regulation (EU) 2024/886 on instant credit transfers in euro", unread=True
)
AUSPAYNET = Source(
    "AusPayNet",
    "BECS procedures: return codes, BSB directory, banking days",
    "https://www.auspaynet.com.au",
    unread=True,
)
NPP = Source("Australian Payments Plus", "New Payments Platform", "https://www.auspayplus.com.au", unread=True)
ZENGIN = Source(
    "Zengin-Net", "outline of the Zengin system; financial institution codes", "https://www.zengin-net.jp", unread=True
)
INTERAC = Source("Interac", "Interac Debit and e-Transfer, history and rules", "https://www.interac.ca", unread=True)
MONERIS = Source("Moneris", "Interac Debit and Interac Online", "https://www.moneris.com", unread=True)
NEFT = Source("Reserve Bank of India", "NEFT and IMPS frequently asked questions", "https://rbi.org.in", unread=True)
THE_CLEARING_HOUSE = Source("The Clearing House", "RTP network", "https://www.theclearinghouse.org", unread=True)
FEDNOW = Source("Federal Reserve", "FedNow Service", "https://www.frbservices.org", unread=True)

# Card networks and wallets.
NILSON = Source(
    "Nilson Report",
    "US card networks 2024, purchase volume",
    "https://nilsonreport.com",
    "GlobeNewswire, 25 February 2025",
)
MASTERCARD = Source("Mastercard", "end of Maestro in Europe", "https://www.mastercard.com", unread=True)
EMVCO = Source("EMVCo", "worldwide EMV chip card deployment and adoption", "https://www.emvco.com", unread=True)
NETWORKS = Source("card schemes", "their own histories and membership lists", unread=True)
SCHEME_CODES = Source(
    "Visa, Mastercard", "ISO 8583 field 39 as the networks use it, soft declines 1A and 65", unread=True
)
VISA_RETRIES = Source(
    "Visa",
    "excessive reattempts rule: decline code categories, April 2022",
    "https://www.checkout.com/docs/developer-resources/codes/visa-response-codes-categories",
    through="Checkout.com; CardPointe, support.cardpointe.com/compliance/visa-decline-rules",
)
WORLDPAY = Source("Worldpay", "Global Payments Report 2025", "https://worldpay.globalpaymentsreport.com")
WORLDPAY_US = Source(
    "Worldpay", "Global Payments Report 2025, United States", through="CMSPI, State of the Industry 2025"
)
APPLE = Source("Apple", "Apple Pay availability by country", "https://support.apple.com/102775")
GOOGLE = Source("Google", "Google Pay (Android Pay, Tez) launches by country", "https://pay.google.com", unread=True)
PAYPAL = Source("PayPal", "availability, company history", "https://www.paypal.com", unread=True)
PROVIDERS = Source("wallet providers", "their own histories", unread=True)

# Fraud, declines, disputes.
TABFORMER = Source(
    "IBM", "TabFormer credit card transaction data, synthetic", "https://github.com/IBM/TabFormer", unread=True
)
ETHOCA = Source("Ethoca", "Solving the CNP false decline puzzle", "https://www.ethoca.com", unread=True)
CLEARLY = Source(
    "Clearly Payments", "chargeback rate by industry and business type, 2023", "https://www.clearlypayments.com"
)
NRF = Source("National Retail Federation", "2024 consumer returns in the retail industry", "https://nrf.com")

# Law.
PSD2_RTS = Source("European Union", "Delegated Regulation (EU) 2018/389, strong customer authentication", unread=True)
UK_SCA = Source(
    "Financial Conduct Authority",
    "technical standards on strong customer authentication",
    "https://www.handbook.fca.org.uk",
    unread=True,
)
RBI_AFA = Source(
    "Reserve Bank of India",
    "additional factor of authentication for card-not-present payments",
    "https://rbi.org.in",
    unread=True,
)
METI_3DS = Source(
    "Ministry of Economy, Trade and Industry",
    "credit card security guidelines 6.0: EMV 3-D Secure by March 2025",
    unread=True,
)
US_CTR = Source("United States", "31 CFR 1010.311, currency transaction reports", unread=True)
AUSTRAC = Source("AUSTRAC", "threshold transaction reports", "https://www.austrac.gov.au", unread=True)
FINTRAC = Source("FINTRAC", "large cash transaction reports", "https://fintrac-canafe.canada.ca", unread=True)
EU_AMLR = Source("European Union", "Regulation (EU) 2024/1624, limit of cash payments from 2027", unread=True)
COAF = Source(
    "Banco Central do Brasil", "Circular 3.978/2020, cash reports to COAF", "https://www.bcb.gov.br", unread=True
)
PMLA = Source("India", "Prevention of Money Laundering (Maintenance of Records) Rules 2005", unread=True)
JAFIC = Source("Japan", "Act on Prevention of Transfer of Criminal Proceeds, large cash transactions", unread=True)
UK_MLR = Source("United Kingdom", "Money Laundering Regulations 2017, high value dealers", unread=True)
CLT = Source("Brazil", "Consolidação das Leis do Trabalho, article 459", unread=True)
WAGES_ACT = Source("India", "Payment of Wages Act 1936, section 5", unread=True)

# Studies.
KRUMME = Source(
    "Krumme, Llorente, Cebrian, Pentland, Moro",
    "The predictability of consumer visitation patterns, Scientific Reports 3 (2013)",
    "https://arxiv.org/abs/1305.1120",
)
LEVY = Source(
    "Levy, Lee, Chen, Kauffman, Bergen",
    "Price points and price rigidity, Review of Economics and Statistics 93 (2011)",
    "https://hdl.handle.net/10419/206844",
)
LYNN = Source(
    "Lynn, Flynn, Helion", "Do consumers prefer round prices?, Journal of Economic Psychology 36 (2013)", unread=True
)
GELMAN = Source(
    "Gelman, Kariv, Shapiro, Silverman, Tadelis", "spending and income arrivals, Science 345 (2014)", unread=True
)
PAYMARK = Source(
    "Paymark",
    "the best time of day to go shopping (New Zealand, May 2017)",
    "https://www.scoop.co.nz/stories/BU1706/S00102/the-best-time-of-day-to-go-shopping-is.htm",
)
SPARKOV = Source(
    "Sparkov",
    "simulated credit card transactions",
    "https://github.com/namebrandon/Sparkov_Data_Generation",
    unread=True,
)
TZ = Source("IANA", "time zone database", "https://www.iana.org/time-zones", unread=True)
MTA = Source(
    "Metropolitan Transportation Authority",
    "base fare of subway and bus, 2.90 USD",
    "https://www.mta.info",
    unread=True,
)
ISO_20022 = Source("ISO 20022", "external status reason codes", "https://www.iso20022.org", unread=True)
AIRCRAFT = Source("Airbus, Boeing", "typical cruise of A320 and 737: Mach 0.78 to 0.79, some 840 km/h", unread=True)

# Names.
NAME_ATLAS_DE = Source(
    "Deutscher Familiennamenatlas", "frequency of family names by telephone connections", unread=True
)
INSEE_NAMES = Source("INSEE", "fichier des noms de famille, births 1891 to 2000", "https://www.insee.fr", unread=True)
MEIJI_YASUDA = Source(
    "Meiji Yasuda Life", "survey of family names in Japan", "https://www.meijiyasuda.co.jp", unread=True
)
IBGE_NAMES = Source("IBGE", "Censo 2022, Nomes no Brasil", "https://www.ibge.gov.br", unread=True)

# What follows a payment.
STRIPE_HOLDS = Source(
    "Stripe",
    "Place a hold on a payment method: validity of authorisations",
    "https://docs.stripe.com/payments/place-a-hold-on-a-payment-method",
)
CLEARLY_DISPUTES = Source(
    "Clearly Payments",
    "Chargeback rate by industry and business type",
    "https://www.clearlypayments.com/blog/chargeback-rate-by-industry-and-business-type-in-credit-card-processing/",
    through="kansascitybreastaugmentation.net",
)
MASTERCARD_DISPUTES = Source(
    "Mastercard, Datos Insights",
    "2025 State of Chargebacks",
    "https://www.chargebackgurus.com/blog/chargeback-stats-and-insights-from-mastercards-state-of-chargebacks-report",
    through="Chargeback Gurus",
)
DATOS_DISPUTES = Source(
    "Datos Insights",
    "representment in the US, the UK and Brazil, 2025",
    "https://legalclarity.org/how-often-do-merchants-win-chargeback-disputes",
    through="LegalClarity",
)
NETWORK_REASONS = Source(
    "Visa, Mastercard, American Express, Discover",
    "reason codes of disputes: Visa Claims Resolution, Chargeback Guide, and the others' own",
    unread=True,
)
VISA_RULES = Source("Visa", "Core Rules: dispute time limits, reversals, clearing", "https://www.visa.com", unread=True)
NILSON = Source("Nilson Report", "purchase transactions of global network cards, 2024", unread=True)
PSR_CARDS = Source(
    "Payment Systems Regulator",
    "Market review of card scheme and processing fees, interim report 2024",
    "http://paymentexpert.com/2024/05/21/psr-mastercard-visa-uk-card-dominance/",
    through="Payment Expert",
)
NPCI_CREDIT = Source(
    "National Payments Corporation of India",
    "RuPay's share of spending by credit card, its managing director in March 2025",
    "https://www.htsyndication.com/inc-42/article/"
    "16percent-of-credit-card-spending-in-india-takes-place-on-rupay-network%3A-dilip-asbe/88403999",
    through="Inc42",
)
GLOBALDATA = Source(
    "GlobalData",
    "RuPay in the debit card market of India, 2015 to 2019",
    "https://dev.retailasia.com/cards-payments/news/rupay-ends-mastercard-and-visa-duopoly-in-india",
    through="Asian Banking & Finance",
)
BOANERGES = Source(
    "Boanerges & Cia",
    "card brands in Brazil by figures of its central bank, end of 2016",
    "https://aserc.org.br/2017/07/26/mastercard-ultrapassa-visa-no-brasil-em-numero-de-transacoes",
    through="Estadão",
)
YAVIN = Source(
    "Yavin",
    "networks of card payments in France",
    "https://www.boursorama.com/actualite-economique/actualites/"
    "paiements-par-carte-bancaire-plusieurs-reseaux-se-disputent-le-marche-en-france-a1352cd11977ac322dcfddc98a375a45",
    through="AFP",
)
CASHLADY = Source("CashLady", "Getting paid in the UK, 2015", "https://www.cashlady.com/blog/getting-payday-uk/")
