"""Why a landlord's file is refused as a whole."""

from backend.kit.errors import N_, Invalid


class ListEmpty(Invalid):
    slug = "list_empty"
    sentence = N_("Ce fichier ne contient aucun logement.")
    next = N_("Vérifiez l'export du bailleur, puis choisissez le bon fichier.")


class ListTooLarge(Invalid):
    slug = "list_too_large"
    sentence = N_("Ce fichier est trop grand : le maximum est {megabytes} Mo et {lines} lignes.")
    next = N_("Coupez la liste en plusieurs fichiers, un par bailleur.")


class ListNotText(Invalid):
    slug = "list_not_text"
    sentence = N_("Ce fichier n'est pas une liste CSV.")
    next = N_("Dans Excel, choisissez « Enregistrer sous », puis « CSV ».")


class ListGarbled(Invalid):
    slug = "list_garbled"
    sentence = N_("Les accents de ce fichier sont abîmés, à la ligne {line}.")
    next = N_("Refaites l'export en UTF-8 ou en Windows-1252.")


class ColumnsMissing(Invalid):
    slug = "columns_missing"
    sentence = N_("Il manque des colonnes : {columns}.")
    next = N_("Ajoutez ces colonnes à l'export, avec ces noms, puis recommencez.")


class ColumnsRepeated(Invalid):
    slug = "columns_repeated"
    sentence = N_("Des colonnes sont présentes deux fois : {columns}.")
    next = N_("Gardez une seule colonne de chaque nom, puis recommencez.")
