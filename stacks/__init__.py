"""One file per deployment unit; `platform` composes what projects share, `project` adds one charter."""
