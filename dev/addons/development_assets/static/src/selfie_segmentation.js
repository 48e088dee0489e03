// Stands in for a script that Debian's package of Odoo lacks.
