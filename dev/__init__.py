"""What ``make`` calls: fetch, unpack, start, stop and watch the real parts.

Python's standard library only, so that it runs on a fresh machine. One module per part
(odoo, postgres, asterisk, phones, browser), each with the same few verbs: ``install``
brings the part on the disk, ``prepare`` writes what a run needs, ``start`` and ``stop``
speak for themselves, ``check`` waits until it answers.
"""
