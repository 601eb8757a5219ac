"""An architecture table, typed or pasted: its sizes checked, and the network that it stands for."""

from ui import shell, table_panel

lang, _ = shell.enter_page()
table_panel.table_panel(lang)
