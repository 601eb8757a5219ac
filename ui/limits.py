"""How large a number and how long a text a field takes, which is also what a link may bring."""

LARGEST = 65_536
LARGEST_SIDE = 16_384
LONGEST_TEXT = 120
MOST_PATHS, LONGEST_PATH = 20, 120  # of the modules that a link opens or folds
