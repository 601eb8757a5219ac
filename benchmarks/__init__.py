"""Side-by-side measurements of the engine against other tools, and the networks they are taken on; never part of the product."""
