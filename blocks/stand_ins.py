STAND_INS: dict[str, tuple[object, str]] = {}
