"""How large a number and how long a text a field takes, which is also what a link may bring."""

LARGEST = 65_536
LARGEST_SIDE = 16_384
LONGEST_TEXT = 120
LONGEST_DRAWN = 4_000  # of the cells that were changed by hand in the picture of a layer
MOST_PATHS, LONGEST_PATH = 60, 120  # of the modules that a link opens or folds
MOST_SETTINGS, LONGEST_SETTING = 40, 1000  # of a paste in a link: how many of a kind, and how many characters each
