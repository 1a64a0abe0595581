"""ISO 18245 merchant category codes, and how dear a category is."""

# Category → code → share of its merchants. The codes are ISO 18245:2003 with the registry's later additions.
CODES: dict[str, dict[str, float]] = {
    "retail": {
        "5411": 0.25,  # grocery stores, supermarkets
        "5311": 0.12,  # department stores
        "5651": 0.15,  # family clothing stores
        "5732": 0.13,  # electronics stores
        "5661": 0.08,  # shoe stores
        "5712": 0.08,  # furniture and home furnishings
        "5942": 0.07,  # book stores
        "5200": 0.07,  # home supply warehouses
        "5945": 0.05,  # hobby, toy and game shops
    },
    "food_beverage": {
        "5812": 0.45,  # eating places, restaurants
        "5814": 0.35,  # fast food restaurants
        "5813": 0.10,  # bars
        "5462": 0.10,  # bakeries
    },
    "travel": {
        "7011": 0.30,  # hotels, lodging
        "4111": 0.20,  # local and suburban commuter transport
        "4121": 0.15,  # taxicabs
        "4722": 0.12,  # travel agencies
        "4511": 0.10,  # airlines
        "7512": 0.08,  # car rental
        "4112": 0.05,  # passenger railways
    },
    "entertainment": {
        "7832": 0.25,  # motion picture theatres
        "5816": 0.25,  # digital goods: games
        "5815": 0.20,  # digital goods: media
        "7922": 0.15,  # theatrical producers, ticket agencies
        "7997": 0.10,  # membership clubs
        "7996": 0.05,  # amusement parks
    },
    "healthcare": {
        "5912": 0.40,  # drug stores, pharmacies
        "8011": 0.20,  # doctors
        "8021": 0.15,  # dentists
        "8099": 0.10,  # medical services
        "8043": 0.10,  # opticians
        "8062": 0.05,  # hospitals
    },
    "education": {
        "8299": 0.35,  # schools and educational services
        "8220": 0.25,  # colleges, universities
        "8211": 0.20,  # elementary and secondary schools
        "8244": 0.10,  # business and secretarial schools
        "8241": 0.10,  # correspondence schools
    },
    "other": {
        "4814": 0.25,  # telecommunication services
        "5541": 0.20,  # service stations
        "4900": 0.15,  # utilities
        "7230": 0.15,  # barber and beauty shops
        "7538": 0.10,  # automotive service shops
        "6300": 0.10,  # insurance
        "8398": 0.05,  # charitable organisations
    },
}

ALL_CODES = tuple(code for codes in CODES.values() for code in codes)

# What exists at a distance only: nobody stands at a terminal there.
REMOTE_ONLY = frozenset({"5815", "5816", "8241"})

# How far a category moves a payment's score (standard deviations of chance) among all payments, see `amount_ranks`.
PRICE_LEVELS: dict[str, float] = {
    "retail": 0.0,
    "food_beverage": -0.7,
    "travel": 0.9,
    "entertainment": -0.3,
    "healthcare": 0.3,
    "education": 0.8,
    "other": 0.1,
}
