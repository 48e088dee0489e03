"""A stand-in for Asterisk's configuration files, as AMI reads and writes them."""

import re

from connector.core.actions import Action


class Refused(Exception):
    """What Asterisk answers an action that it doesn't carry out."""


class FakeConfig:
    """Files of sections; knows templates, and that a refused message changes nothing.

    >>> files = FakeConfig({"odoo/x.conf": "[w0](!)\\na = 1\\n[s](w0)\\nb = 2\\n"})
    >>> files.get_config("odoo/x.conf")["Line-000001-000000"]
    'a=1'
    """

    def __init__(self, files=()):
        #: file -> list of [section, is template, inherits, lines]
        self.files = {name: self._parse(text) for name, text in dict(files).items()}
        self.writes = 0

    @staticmethod
    def _parse(text):
        sections = []
        for line in text.splitlines():
            if match := re.match(r"\[(.+?)\](?:\((.+)\))?$", line):
                inherits = match[2] if match[2] not in ("!", None) else ""
                sections.append([match[1], match[2] == "!", inherits, []])
            elif line.strip() and not line.startswith(";"):
                name, __, value = line.partition(" = ")
                sections[-1][3].append((name, value))
        return sections

    def _merged(self, file, section):
        lines = []
        for other in self.files[file]:
            if other[1] and other[0] == section[2]:
                lines += other[3]
        return lines + section[3]

    def get_config(self, file):
        """Answer GetConfig with TEMPLATES=include."""
        if file not in self.files:
            raise Refused("Config file not found")
        answer = {"Response": "Success"}
        for number, section in enumerate(self.files[file]):
            answer[f"Category-{number:06d}"] = section[0]
            if section[1]:
                answer[f"IsTemplate-{number:06d}"] = "1"
            if section[2]:
                answer[f"Templates-{number:06d}"] = section[2]
            for line, (name, value) in enumerate(self._merged(file, section)):
                answer[f"Line-{number:06d}-{line:06d}"] = f"{name}={value}"
        return answer

    def carry_out(self, action: Action):
        """Do what an action says.

        :raise Refused: with Asterisk's words
        """
        if action.name == "GetConfig":
            return self.get_config(action.get("Filename"))
        if action.name == "CreateConfig":
            if action.get("Filename") in self.files:
                raise Refused("File exists")
            self.files[action.get("Filename")] = []
        elif action.name == "UpdateConfig":
            self._update(action)
        return {"Response": "Success"}

    def _update(self, action):
        file = action.get("SrcFilename")
        assert file == action.get("DstFilename")
        assert len(action.headers) <= 126
        if file not in self.files:
            raise Refused("File requires escalated privileges")
        entries = {}
        for name, value in action.headers[2:]:
            what, __, number = name.rpartition("-")
            entries.setdefault(number, {})[what] = value
        assert list(entries) == [f"{number:06d}" for number in range(len(entries))]
        sections = [[*section[:3], list(section[3])] for section in self.files[file]]
        for entry in entries.values():
            self._apply(sections, file, **entry)
        self.files[file] = sections
        self.writes += 1

    def _apply(self, sections, file, Action, Cat, **more):  # noqa: N803 - headers
        options = more.get("Options", "")
        templates = options == 'catfilter="TEMPLATES=include"'
        found = [s for s in sections if s[0] == Cat and s[1] == templates]
        if Action == "NewCat":
            inherits = options.removeprefix("inherit=") if "=" in options else ""
            if any(s[0] == Cat for s in sections):
                raise Refused("Create category did not complete successfully")
            if inherits and not any(s[1] and s[0] == inherits for s in sections):
                raise Refused("Given category does not exist")
            sections.append([Cat, options == "template", inherits, []])
            return
        if not found:
            raise Refused("Given category does not exist")
        if Action == "DelCat":
            sections.remove(found[0])
        elif Action == "EmptyCat":
            # what inherits from it keeps its lines
            for section in sections:
                if section[2] == Cat:
                    section[3][:0] = found[0][3]
            found[0][3].clear()
        elif Action == "Append":
            found[0][3].append((more["Var"], more["Value"]))
        else:
            raise AssertionError(Action)
