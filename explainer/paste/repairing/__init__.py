"""The steps of a repair: characters, wrapping, line breaks, blocks; each takes text or lines and says what it did."""
