STAND_INS: dict[str, tuple[object, str]] = {}
CHOICES: dict[str, tuple[object, str]] = {}
