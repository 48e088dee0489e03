"""Pure parts of the wizards: no Odoo, no database, no clock."""
