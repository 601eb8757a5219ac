"""What a link can carry: every page's parameters with the values they may have, read with a sentence for what is left out."""
