"""Names for people who do not exist, from everywhere people come from."""

GIVEN = (
    "Aïcha", "Amina", "Anaïs", "Antoine", "Arthur", "Assia", "Bintou", "Camille", "Carlos", "Cécile",
    "Chantal", "Claude", "Daniel", "Denise", "Diego", "Djamila", "Elif", "Emma", "Eugénie", "Fatou",
    "Florian", "Françoise", "Gaël", "Georges", "Gisèle", "Hakim", "Hélène", "Hugo", "Ibrahim", "Irina",
    "Isabelle", "Jade", "Jean", "Jeanne", "Joël", "Karima", "Kevin", "Khadija", "Laura", "Léon",
    "Leïla", "Louis", "Lucas", "Maëlle", "Malik", "Manon", "Marcel", "Maria", "Marius", "Mélanie",
    "Michel", "Minh", "Monique", "Nadège", "Naïma", "Nicolas", "Noémie", "Olga", "Omar", "Pascal",
    "Patrice", "Paul", "Pauline", "Rachid", "Renée", "Rosa", "Sabrina", "Salif", "Sandrine", "Selim",
    "Simone", "Sofia", "Stéphane", "Tahar", "Teresa", "Thi Lan", "Thierry", "Valérie", "Wassim", "Yvette",
)  # fmt: skip
FAMILY = (
    "Abadie", "Achour", "Almeida", "Aubin", "Bakayoko", "Barbier", "Bellanger", "Benhaddou", "Berthier",
    "Bocquet", "Boukhari", "Brossard", "Camara", "Carpentier", "Chevrier", "Coelho", "Collet", "Cordonnier",
    "Da Veiga", "Dantec", "Delcroix", "Demirci", "Desmarais", "Diarra", "Doumbouya", "Dubreuil", "El Idrissi",
    "Escande", "Faucher", "Ferreira", "Fontenay", "Gaillard", "Garnaud", "Ghezali", "Grandin", "Guérin",
    "Haddad", "Hamel", "Hoareau", "Ivanova", "Jacquemin", "Joubert", "Kaya", "Konaté", "Kowalski", "Lacaze",
    "Larbi", "Leclair", "Lefranc", "Lemoine", "Lenoir", "Mbemba", "Mansouri", "Maréchal", "Mercadier",
    "Monteiro", "Moreau-Petit", "Nguyen", "Njoya", "Ortega", "Ouedraogo", "Pagès", "Perrault", "Petrov",
    "Picard", "Pruvost", "Quéré", "Rahmani", "Ramos", "Renaudin", "Roussel", "Sahraoui", "Sarr", "Savary",
    "Sissoko", "Tavares", "Thibault", "Touré", "Tran", "Vasquez", "Verdier", "Yildirim", "Zeroual", "Zidani",
)  # fmt: skip
