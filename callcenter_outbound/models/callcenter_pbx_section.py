import json
from dataclasses import dataclass

from odoo import api, fields, models
from odoo.tools import SQL

from ..connector.core import provisioning
from ..connector.core.provisioning import EXTENSION, GROUP, TRUNK

#: How many changes are named one by one.
NAMED_CHANGES = 100
#: How many of them the summary names.
SUMMARIZED = 3

#: What a PBX must hold, as values() of connector.core.provisioning: one row for each
#: extension, trunk and group, archived ones aside. A group has a queue on each PBX that
#: its agents' phones are on; who chooses a phone at sign-in joins the queue then.
WANTED = """
    SELECT 'extension' AS kind, number AS name, id AS res_id,
           ARRAY[number, secret, phone]::text[] AS parts
      FROM callcenter_extension
     WHERE pbx_id = %(pbx)s AND active
 UNION ALL
    SELECT 'trunk', name, id,
           ARRAY[
               name, coalesce(host, ''), coalesce(port, 0)::text,
               coalesce(username, ''),
               CASE WHEN coalesce(username, '') = '' THEN '' ELSE coalesce(secret, '')
               END,
               CASE WHEN registers THEN '1' ELSE '0' END
           ]::text[]
      FROM callcenter_trunk
     WHERE pbx_id = %(pbx)s AND active
 UNION ALL
    SELECT 'group', 'group-' || team.id, team.id,
           ARRAY[
               'group-' || team.id, team.strategy,
               coalesce(string_agg(
                   phone.number || ':' || coalesce(
                       nullif(left(regexp_replace(
                           agent.number, '[^A-Za-z0-9_-]', '', 'g'), 20), ''),
                       phone.number),
                   ',' ORDER BY phone.number COLLATE "C"
               ) FILTER (WHERE phone.id IS NOT NULL), '')
           ]::text[]
      FROM callcenter_agent_group team
      JOIN callcenter_pbx pbx
        ON pbx.id = %(pbx)s AND pbx.company_id = team.company_id
      JOIN callcenter_agent_group_rel member ON member.group_id = team.id
      JOIN callcenter_agent agent ON agent.id = member.agent_id AND agent.active
 LEFT JOIN callcenter_extension phone
        ON phone.id = agent.extension_id AND phone.active
       AND phone.pbx_id = pbx.id AND agent.chooses_extension IS NOT TRUE
     WHERE team.active
  GROUP BY team.id
    HAVING count(phone.id) > 0 OR bool_or(agent.chooses_extension IS TRUE)
"""


@dataclass(frozen=True, slots=True)
class Change:
    """One thing in which a PBX differs from what Odoo wants.

    ``what``: added, changed, removed, refused (Odoo's value was written, but the PBX
    does not work with it) or differs (somebody else changed it on the PBX).
    """

    kind: str
    name: str
    what: str
    res_id: int
    wanted: provisioning.Wanted | None
    held: dict
    problem: str

    @property
    def key(self):
        return self.kind, self.name


class CallcenterPbxSection(models.Model):
    """What a PBX holds, as the connector read it back last.

    Written by the PBX's leading connector alone. What the PBX must hold stands in the
    extensions, trunks and groups; the difference is computed, never noted.
    """

    _name = "callcenter.pbx.section"
    _description = "Section Held by a PBX"
    _order = "pbx_id, kind, name"
    _log_access = False

    pbx_id = fields.Many2one(
        "callcenter.pbx", string="PBX", required=True, ondelete="cascade"
    )
    kind = fields.Selection(
        [("extension", "Extension"), ("trunk", "Trunk"), ("group", "Agent Group")],
        required=True,
    )
    name = fields.Char(required=True)
    digest = fields.Char(help="Salted hash of all its values.")
    values = fields.Json(help="Its values; secrets as a salted hash.")
    problem = fields.Char(help="Code of what the PBX refused.")

    _name_uniq = models.Constraint(
        "unique(pbx_id, kind, name)", "A PBX holds each section once."
    )

    # What must be held -------------------------------------------------------------

    @api.model
    def _flush_wanted(self):
        """Write out what the query of what is wanted reads."""
        for model in (
            "callcenter.pbx",
            "callcenter.extension",
            "callcenter.trunk",
            "callcenter.agent",
            "callcenter.agent.group",
            self._name,
        ):
            self.env[model].flush_model()

    @api.model
    def _read_wanted(self, pbx):
        """:return: list of what ``pbx`` must hold, as the engine's values"""
        self._flush_wanted()
        rows = self.env.execute_query(
            SQL("SELECT kind, parts FROM (%s) wanted", SQL(WANTED, pbx=pbx.id))
        )
        return [provisioning.from_values(kind, parts) for kind, parts in rows]

    # The difference ----------------------------------------------------------------

    @api.model
    def _read_changes(self, pbx, limit=NAMED_CHANGES, kind=None, names=None):
        """Compare what ``pbx`` must hold with what it holds.

        :param limit: how many changes are returned at most, false for all
        :param kind, names: only these
        :return: list of :class:`Change`, and how many there are
        """
        self._flush_wanted()
        only = SQL("TRUE")
        if kind:
            only = SQL("kind = %s AND name IN %s", kind, tuple(names) or ("",))
        rows = self.env.execute_query(
            SQL(
                """
                WITH wanted AS (
                    SELECT found.kind, found.name, res_id, parts,
                           encode(sha256(convert_to(array_to_string(
                               ARRAY[section_salt, found.kind]::text[] || parts,
                               E'\\n'), 'UTF8')), 'hex') AS digest
                      FROM (SELECT * FROM (%(wanted)s) every WHERE %(only)s) found
                      JOIN callcenter_pbx pbx ON pbx.id = %(pbx)s
                ), held AS (
                    SELECT kind, name, digest, values, coalesce(problem, '') AS problem
                      FROM callcenter_pbx_section
                     WHERE pbx_id = %(pbx)s AND %(only)s
                )
                SELECT kind, name,
                       CASE WHEN held.digest IS NULL THEN 'added'
                            WHEN wanted.digest IS NULL THEN 'removed'
                            WHEN wanted.digest = held.digest THEN 'refused'
                            WHEN held.values = '{}'::jsonb THEN 'differs'
                            ELSE 'changed' END AS what,
                       wanted.res_id, wanted.parts, held.values, held.problem,
                       count(*) OVER ()
                  FROM wanted FULL JOIN held USING (kind, name)
                 WHERE wanted.digest IS DISTINCT FROM held.digest
                    OR held.problem <> ''
              ORDER BY kind, length(name), name
                 LIMIT %(limit)s
                """,
                wanted=SQL(WANTED, pbx=pbx.id),
                pbx=pbx.id,
                only=only,
                limit=limit or None,
            )
        )
        changes = [
            Change(
                kind=kind,
                name=name,
                what=what,
                res_id=res_id or 0,
                wanted=parts and provisioning.from_values(kind, parts),
                held=values or {},
                problem=problem or "",
            )
            for kind, name, what, res_id, parts, values, problem, __ in rows
        ]
        return changes, rows[0][-1] if rows else 0

    # What is held ------------------------------------------------------------------

    @api.model
    def _values_of(self, wanted, salt):
        """:return: what of a value may be kept: dict, with secrets hashed"""
        if wanted is None:
            return {}
        secret = getattr(wanted, "secret", "")
        hashed = provisioning.hash_of(("secret", secret), salt)
        if wanted.kind == EXTENSION:
            return {"phone": wanted.phone, "secret": hashed}
        if wanted.kind == TRUNK:
            return {
                "host": wanted.host,
                "port": wanted.port,
                "username": wanted.username,
                "registers": wanted.registers,
                "secret": hashed,
            }
        return {"strategy": wanted.strategy, "members": list(map(list, wanted.members))}

    @api.model
    def _store(self, pbx, sections):
        """Keep what a PBX holds; rows that stay as they are aren't written.

        :param sections: ``SectionHeld`` values, all that the PBX has
        :return: whether anything is another now
        """
        salt = pbx.section_salt
        rows = {}
        for section in sections:
            if section.value is None:
                digest = provisioning.hash_of(("raw", section.raw), salt)
            else:
                digest = provisioning.digest(section.value, salt)
            rows[section.kind, section.name] = {
                "kind": section.kind,
                "name": section.name,
                "digest": digest,
                "problem": section.problem,
                "values": self._values_of(section.value, salt),
            }
        known = self.env.execute_query(
            SQL(
                "SELECT id, kind, name, digest, coalesce(problem, '')"
                "  FROM callcenter_pbx_section WHERE pbx_id = %s",
                pbx.id,
            )
        )
        gone = [row[0] for row in known if (row[1], row[2]) not in rows]
        for __, kind, name, digest, problem in known:
            row = rows.get((kind, name))
            if row and (row["digest"], row["problem"]) == (digest, problem):
                del rows[kind, name]
        if gone:
            self.env.cr.execute(
                SQL("DELETE FROM callcenter_pbx_section WHERE id IN %s", tuple(gone))
            )
        if rows:
            self.env.cr.execute(
                SQL(
                    """
                    INSERT INTO callcenter_pbx_section
                           (pbx_id, kind, name, digest, problem, values)
                    SELECT %s, kind, name, digest, problem, values
                      FROM jsonb_to_recordset(%s::jsonb) AS row(
                           kind text, name text, digest text, problem text,
                           values jsonb)
                        ON CONFLICT (pbx_id, kind, name) DO UPDATE
                       SET digest = EXCLUDED.digest, problem = EXCLUDED.problem,
                           values = EXCLUDED.values
                    """,
                    pbx.id,
                    json.dumps(list(rows.values())),
                )
            )
        self.invalidate_model()
        return bool(gone or rows)

    # In words ----------------------------------------------------------------------

    @api.model
    def _describe(self, pbx, changes):
        """:return: list of a sentence for each change, in the user's language"""
        ids = [change.res_id for change in changes if change.kind == GROUP]
        ids += [
            int(change.name.removeprefix("group-"))
            for change in changes
            if change.kind == GROUP
            and not change.res_id
            and provisioning.QUEUE.fullmatch(change.name)
        ]
        groups = self.env["callcenter.agent.group"].browse(ids).exists()
        names = {f"group-{group.id}": group.name for group in groups}
        describers = {
            EXTENSION: self._describe_extension,
            TRUNK: self._describe_trunk,
            GROUP: self._describe_group,
        }
        return [
            describers[change.kind](
                change,
                names.get(change.name, change.name),
                self._changed_values(change, pbx.section_salt),
            )
            for change in changes
        ]

    @api.model
    def _changed_values(self, change, salt):
        """:return: the names of the values that are others than those that are held"""
        if change.what != "changed":
            return set()
        wanted = self._values_of(change.wanted, salt)
        return {name for name in wanted if wanted[name] != change.held.get(name)}

    @api.model
    def _describe_extension(self, change, name, changed):
        if change.what == "added":
            return self.env._("extension %(name)s added", name=name)
        if change.what == "removed":
            return self.env._("extension %(name)s removed", name=name)
        if change.what == "differs":
            return self.env._("extension %(name)s was changed on the PBX", name=name)
        if change.what == "refused":
            return {
                "missing": self.env._(
                    "extension %(name)s is not known to the PBX", name=name
                ),
                "secret": self.env._(
                    "extension %(name)s has its old secret still", name=name
                ),
                "phone": self.env._(
                    "extension %(name)s has its old phone type", name=name
                ),
                "invalid": self.env._(
                    "extension %(name)s has values not allowed", name=name
                ),
            }.get(change.problem) or self.env._(
                "extension %(name)s was refused", name=name
            )
        if changed == {"secret"}:
            return self.env._("extension %(name)s secret changed", name=name)
        if changed == {"phone"}:
            return self.env._("extension %(name)s phone type changed", name=name)
        return self.env._("extension %(name)s changed", name=name)

    @api.model
    def _describe_trunk(self, change, name, changed):
        if change.what == "added":
            return self.env._("trunk %(name)s added", name=name)
        if change.what == "removed":
            return self.env._("trunk %(name)s removed", name=name)
        if change.what == "differs":
            return self.env._("trunk %(name)s was changed on the PBX", name=name)
        if change.what == "refused":
            return {
                "missing": self.env._(
                    "trunk %(name)s is not known to the PBX", name=name
                ),
                "host": self.env._(
                    "trunk %(name)s: the PBX can't use the host “%(host)s”",
                    name=name,
                    host=getattr(change.wanted, "host", ""),
                ),
                "secret": self.env._(
                    "trunk %(name)s has its old user or secret", name=name
                ),
                "invalid": self.env._(
                    "trunk %(name)s has values not allowed", name=name
                ),
            }.get(change.problem) or self.env._("trunk %(name)s was refused", name=name)
        if changed and changed <= {"host", "port"}:
            return self.env._("trunk %(name)s address changed", name=name)
        if changed and changed <= {"username", "secret"}:
            return self.env._("trunk %(name)s user or secret changed", name=name)
        return self.env._("trunk %(name)s changed", name=name)

    @api.model
    def _describe_group(self, change, name, changed):
        if change.what == "added":
            return self.env._(
                "group %(name)s added (agents: %(count)s)",
                name=name,
                count=len(change.wanted.members),
            )
        if change.what == "removed":
            return self.env._("group %(name)s removed", name=name)
        if change.what == "differs":
            return self.env._("group %(name)s was changed on the PBX", name=name)
        if change.what == "refused":
            return {
                "missing": self.env._(
                    "group %(name)s is not known to the PBX", name=name
                ),
                "strategy": self.env._(
                    "group %(name)s has another strategy", name=name
                ),
                "members": self.env._("group %(name)s has other agents", name=name),
                "invalid": self.env._(
                    "group %(name)s has values not allowed", name=name
                ),
            }.get(change.problem) or self.env._("group %(name)s was refused", name=name)
        if "members" in changed:
            before, after = len(change.held["members"]), len(change.wanted.members)
            if before == after:
                return self.env._("group %(name)s: other agents", name=name)
            return self.env._(
                "group %(name)s: %(before)s → %(after)s agents",
                name=name,
                before=before,
                after=after,
            )
        return self.env._("group %(name)s strategy changed", name=name)

    @api.model
    def _summarize(self, texts, count):
        """:return: the first texts in one line, with how many more there are"""
        named = texts[:SUMMARIZED]
        if count > len(named):
            named = [*named, self.env._("%(count)s more", count=count - len(named))]
        return " · ".join(named)
