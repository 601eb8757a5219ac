"""What the server does besides running pages: it warms up, says how it is, and sends the headers that fence the pages in."""
