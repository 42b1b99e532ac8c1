"""The books of the demo club: true titles, by authors who died more than seventy years ago."""

TITLES = """
Victor Hugo: Notre-Dame de Paris; Les Misérables; L'Homme qui rit; Quatrevingt-treize; Les
  Travailleurs de la mer; Les Contemplations; Le Dernier Jour d'un condamné; Claude Gueux;
  Bug-Jargal; Han d'Islande; Ruy Blas; Hernani; Les Châtiments; La Légende des siècles; L'Art
  d'être grand-père
Alexandre Dumas: Les Trois Mousquetaires; Vingt ans après; Le Vicomte de Bragelonne; Le Comte de
  Monte-Cristo; La Reine Margot; La Dame de Monsoreau; Les Quarante-Cinq; La Tulipe noire;
  Joseph Balsamo; Le Collier de la reine; Le Chevalier de Maison-Rouge
Jules Verne: Vingt Mille Lieues sous les mers; Le Tour du monde en quatre-vingts jours; L'Île
  mystérieuse; Voyage au centre de la Terre; De la Terre à la Lune; Autour de la Lune; Michel
  Strogoff; Les Enfants du capitaine Grant; Cinq semaines en ballon; Le Phare du bout du monde;
  Le Château des Carpathes; Le Rayon vert; Les Indes noires; Mathias Sandorf; Un capitaine de
  quinze ans; Deux ans de vacances; Robur le Conquérant; Les Cinq Cents Millions de la Bégum;
  Hector Servadac; Le Sphinx des glaces
Émile Zola: Germinal; L'Assommoir; Au Bonheur des Dames; Nana; La Bête humaine; Le Ventre de
  Paris; Thérèse Raquin; La Fortune des Rougon; La Curée; La Conquête de Plassans; La Faute de
  l'abbé Mouret; Son Excellence Eugène Rougon; Une page d'amour; Pot-Bouille; La Joie de vivre;
  L'Œuvre; La Terre; Le Rêve; L'Argent; La Débâcle; Le Docteur Pascal
Gustave Flaubert: Madame Bovary; L'Éducation sentimentale; Salammbô; Trois Contes; Bouvard et
  Pécuchet; Dictionnaire des idées reçues; La Tentation de saint Antoine
Guy de Maupassant: Bel-Ami; Une vie; Le Horla; Boule de suif; Pierre et Jean; Contes de la
  bécasse; La Maison Tellier; Mademoiselle Fifi; Fort comme la mort; Mont-Oriol; Notre cœur;
  Contes du jour et de la nuit
Honoré de Balzac: Le Père Goriot; Eugénie Grandet; Illusions perdues; La Peau de chagrin; Le
  Colonel Chabert; Le Lys dans la vallée; La Cousine Bette; Le Cousin Pons; Splendeurs et
  misères des courtisanes; César Birotteau; La Femme de trente ans; Le Curé de Tours; Ursule
  Mirouët; Les Chouans; Le Médecin de campagne; La Recherche de l'absolu
Stendhal: Le Rouge et le Noir; La Chartreuse de Parme; Lucien Leuwen; Armance; Chroniques
  italiennes; Vie de Henry Brulard
George Sand: La Mare au diable; La Petite Fadette; François le Champi; Consuelo; Indiana;
  Mauprat; Les Maîtres sonneurs; Lélia; Contes d'une grand-mère
Prosper Mérimée: Carmen; Colomba; La Vénus d'Ille; Mateo Falcone; Tamango; Lokis
Alphonse Daudet: Lettres de mon moulin; Tartarin de Tarascon; Le Petit Chose; Contes du lundi;
  Tartarin sur les Alpes; Sapho; Jack; Fromont jeune et Risler aîné
comtesse de Ségur: Les Malheurs de Sophie; Les Petites Filles modèles; Le Général Dourakine; Un
  bon petit diable; Mémoires d'un âne; Les Vacances; François le Bossu; L'Auberge de
  l'Ange-Gardien; Jean qui grogne et Jean qui rit; Les Bons Enfants; Nouveaux Contes de fées; La
  Sœur de Gribouille
Hector Malot: Sans famille; En famille; Romain Kalbris
Jules Renard: Poil de carotte; Histoires naturelles; L'Écornifleur
Jules Vallès: L'Enfant; Le Bachelier; L'Insurgé
Paul Féval: Le Bossu; Les Habits noirs
Eugène Sue: Les Mystères de Paris; Le Juif errant
Théophile Gautier: Le Capitaine Fracasse; Le Roman de la momie; La Morte amoureuse; Mademoiselle
  de Maupin; Émaux et Camées
Voltaire: Candide; Zadig; Micromégas; L'Ingénu; Lettres philosophiques; Traité sur la tolérance;
  La Princesse de Babylone
Montesquieu: Lettres persanes; De l'esprit des lois
Jean-Jacques Rousseau: Les Confessions; Les Rêveries du promeneur solitaire; Julie ou la
  Nouvelle Héloïse; Émile ou De l'éducation; Du contrat social
Denis Diderot: Jacques le Fataliste; La Religieuse; Le Neveu de Rameau; Supplément au voyage de
  Bougainville; Lettre sur les aveugles
abbé Prévost: Manon Lescaut
Bernardin de Saint-Pierre: Paul et Virginie
Pierre Choderlos de Laclos: Les Liaisons dangereuses
Benjamin Constant: Adolphe
madame de Staël: Corinne ou l'Italie
Beaumarchais: Le Mariage de Figaro; Le Barbier de Séville; La Mère coupable
Marivaux: Le Jeu de l'amour et du hasard; L'Île des esclaves; Les Fausses Confidences; La Double
  Inconstance; La Vie de Marianne
madame de La Fayette: La Princesse de Clèves; La Princesse de Montpensier
madame Leprince de Beaumont: La Belle et la Bête
madame d'Aulnoy: L'Oiseau bleu
Jean de La Fontaine: Fables
Charles Perrault: Contes
Jean de La Bruyère: Les Caractères
La Rochefoucauld: Maximes
Blaise Pascal: Pensées; Les Provinciales
René Descartes: Discours de la méthode
Cyrano de Bergerac: Les États et Empires de la Lune
Molière: Le Bourgeois gentilhomme; Le Malade imaginaire; L'Avare; Tartuffe; Dom Juan; Les
  Fourberies de Scapin; Le Misanthrope; L'École des femmes; Les Précieuses ridicules; Le Médecin
  malgré lui; Les Femmes savantes; George Dandin; Amphitryon
Pierre Corneille: Le Cid; Horace; L'Illusion comique; Cinna; Polyeucte
Jean Racine: Phèdre; Andromaque; Britannicus; Bérénice; Iphigénie; Les Plaideurs
François Rabelais: Gargantua; Pantagruel; Le Tiers Livre
Michel de Montaigne: Essais
Joachim du Bellay: Les Regrets
Pierre de Ronsard: Les Amours
François Villon: Le Testament
Chrétien de Troyes: Yvain ou le Chevalier au lion; Perceval ou le Conte du Graal
Charles Baudelaire: Les Fleurs du mal; Le Spleen de Paris
Paul Verlaine: Romances sans paroles; Fêtes galantes; Poèmes saturniens
Arthur Rimbaud: Poésies; Illuminations; Une saison en enfer
Gérard de Nerval: Sylvie; Aurélia; Les Filles du feu
Edmond Rostand: Cyrano de Bergerac; L'Aiglon; Chantecler
Alfred de Musset: On ne badine pas avec l'amour; Lorenzaccio; Les Caprices de Marianne; La
  Confession d'un enfant du siècle
Alphonse de Lamartine: Méditations poétiques; Graziella
François-René de Chateaubriand: René; Atala; Mémoires d'outre-tombe
Alfred de Vigny: Chatterton; Cinq-Mars
Jules Barbey d'Aurevilly: Les Diaboliques; L'Ensorcelée
Joris-Karl Huysmans: À rebours; Là-bas
Octave Mirbeau: Le Journal d'une femme de chambre; Le Jardin des supplices
Alfred Jarry: Ubu roi
Georges Feydeau: La Dame de chez Maxim; Le Dindon; La Puce à l'oreille
Eugène Labiche: Le Voyage de monsieur Perrichon; Un chapeau de paille d'Italie
Anatole France: Le Livre de mon ami; Le Crime de Sylvestre Bonnard; Les dieux ont soif
Louis Pergaud: La Guerre des boutons
Alain-Fournier: Le Grand Meaulnes
Gaston Leroux: Le Fantôme de l'Opéra; Le Mystère de la chambre jaune; Le Parfum de la dame en
  noir; Rouletabille chez le tsar
Maurice Leblanc: L'Aiguille creuse; Arsène Lupin gentleman-cambrioleur; 813; Le Bouchon de
  cristal; Les Huit Coups de l'horloge; La Comtesse de Cagliostro; L'Île aux trente cercueils
Pierre Loti: Pêcheur d'Islande; Ramuntcho; Aziyadé
Marcel Proust: Du côté de chez Swann; À l'ombre des jeunes filles en fleurs
Raymond Radiguet: Le Diable au corps; Le Bal du comte d'Orgel
Guillaume Apollinaire: Alcools; Calligrammes
"""


def _books() -> tuple[str, ...]:
    """A line that begins with a space goes on with the author of the line before."""
    named = TITLES.strip().replace("\n  ", " ").split("\n")
    pairs = (line.split(": ", 1) for line in named)
    return tuple(f"{title}, {author}" for author, titles in pairs for title in titles.split("; "))


BOOKS = _books()
