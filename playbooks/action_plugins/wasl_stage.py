"""Run a stage's module on the device; sign and append its record here, on the controller."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import Any

from ansible.errors import AnsibleActionFail
from ansible.plugins.action import ActionBase

from playbooks.module_utils.wasl_device.errors import DeviceError
from playbooks.module_utils.wasl_device.record import Entry
from wasl.planes.devices.stage import DESTRUCTIVE, KEPT, Controller, controller
from wasl.planes.told import error

NEEDED = ("wasl_country", "wasl_site")


class ActionModule(ActionBase):  # type: ignore[misc]
    """`wasl_stage: {name: wipe, module: wasl_wipe, options: {…}, again: false}`."""

    TRANSFERS_FILES = False
    _requires_connection = True
    _supports_check_mode = True

    def run(self, tmp: Any = None, task_vars: Any = None) -> dict[str, Any]:
        """Refuse where no record can be written; skip what is done; record before and after."""
        result: dict[str, Any] = super().run(tmp, task_vars)
        _, arguments = self.validate_argument_spec(
            {
                "name": {"type": "str", "required": True},
                "module": {"type": "str", "required": True},
                "options": {"type": "dict", "default": {}},
                "again": {"type": "bool", "default": False},
            }
        )
        variables = {
            name: self._templar.template(value)
            for name, value in task_vars.items()
            if name.startswith("wasl_") and isinstance(value, str)
        }
        if lacking := [name for name in NEEDED if not variables.get(name)]:
            told = DeviceError("WASL-STAGE-VARIABLE", names=", ".join(lacking))
            raise AnsibleActionFail(str(error(told)))
        here = controller(variables, Path(task_vars["playbook_dir"]))
        try:
            return result | self._stage(here, arguments, task_vars)
        except DeviceError as told:
            raise AnsibleActionFail(str(error(told, here.language))) from told

    def _stage(self, here: Controller, arguments: Any, task_vars: Any) -> dict[str, Any]:
        stage, checking = arguments["name"], self._task.check_mode
        if stage == "drift":
            return self._drift(here, self._module(arguments, task_vars, check=True))
        if not checking:
            here.require_record()
        if stage == "handover":
            planned = self._module(arguments, task_vars, check=True)
            if planned.get("failed"):
                return self._spoken(here, planned)
            here.require_verified(planned["wasl"])
        done: dict[str, Any] | None = None
        begun: Entry | None = None
        if stage in DESTRUCTIVE:
            done, begun = self._before(here, arguments, task_vars)
        if done is None:
            done = self._module(arguments, task_vars, check=checking)
        told = self._spoken(here, done).get("wasl")
        if told is not None and stage == "intake" and not done.get("failed"):
            done["msg"] = here.graded(told)
        if told is None or checking:
            return done
        if stage == "handover" and not done.get("failed"):
            told["evidence"] |= here.papers(told)
        entry = here.append(stage, told, begun)
        done["wasl_device"], done["wasl_entry"] = entry.body["device"], entry.digest
        if begun is not None:
            done["wasl_planned"] = begun.body["evidence"]["plan"]
        if stage in KEPT and entry.outcome == "done":
            self._keep(stage, entry, done, task_vars)
        if stage == "intake" and entry.outcome == "done":
            done["msg"] += here.label(entry)
            for line in done["msg"]:
                self._display.display(f"{task_vars['inventory_hostname']}: {line}")
        for notice in here.notices(entry):
            self._display.warning(notice)
        return done

    def _before(
        self, here: Controller, arguments: Any, task_vars: Any
    ) -> tuple[dict[str, Any] | None, Entry | None]:
        """Why a disk is not touched, or would be how; else the intent, which is on record.

        What is planned is what the guards let pass: the work itself is not begun where they say no.
        """
        stage, options = arguments["name"], arguments["options"]
        options["recorded"] = here.numbered(str(options.get("serial", "")))
        planned = self._module(arguments, task_vars, check=True)
        if planned.get("failed"):
            return planned, None
        before = None if arguments["again"] else here.done_before(stage, planned["wasl"])
        if before is not None:
            when = before.body["time"]
            told = f"{stage}: done before, {when}"
            return {"changed": False, "msg": told, "skipped": True}, None
        if self._task.check_mode:
            return planned, None
        return None, here.begin(stage, planned["wasl"])

    def _keep(self, stage: str, entry: Entry, done: dict[str, Any], task_vars: Any) -> None:
        """Let the device hold how it was left, as it was signed, for a drift check of its own."""
        options = {"stage": stage, "entry": dict(entry.document)}
        kept = self._execute_module("wasl_keep", options, task_vars=task_vars)
        if kept.get("failed"):
            done |= {"failed": True, "msg": kept.get("msg", "wasl_keep")}

    def _drift(self, here: Controller, done: dict[str, Any]) -> dict[str, Any]:
        """What differs, as findings; a device that drifted is `changed`, and nothing is."""
        if "evidence" not in done.get("wasl", {}) or done.get("failed"):
            return self._spoken(here, done)
        findings = here.drift(done["wasl"])
        told = [here.told(asdict(one.message)) for one in findings if one.message]
        return {
            "changed": bool(findings),
            "wasl_findings": [one.as_json() for one in findings],
            "msg": told or "as it was left",
        }

    def _spoken(self, here: Controller, done: dict[str, Any]) -> dict[str, Any]:
        """A failure in the technician's language."""
        if (done.get("wasl") or {}).get("failure"):
            done["msg"] = here.told(done["wasl"]["failure"])
        return done

    def _module(self, arguments: Any, task_vars: Any, *, check: bool) -> dict[str, Any]:
        mode, self._task.check_mode = self._task.check_mode, check
        try:
            done: dict[str, Any] = self._execute_module(
                module_name=arguments["module"],
                module_args=arguments["options"],
                task_vars=task_vars,
            )
        finally:
            self._task.check_mode = mode
        return done
