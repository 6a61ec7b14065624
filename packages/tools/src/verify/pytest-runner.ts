import { join } from 'node:path';
import { reportName, type TestRunner } from './test-runner.ts';

// A plug-in of pytest (6 and later). What a worker of xdist finds rides in the report to the controller.
const reporter = `
import json, os, pytest

_compared = None

def _write(entry):
    with open(os.environ["CAPSTAN_REPORT"], "a", encoding="utf-8") as report:
        report.write(json.dumps({key: value for key, value in entry.items() if value is not None}) + "\\n")

def pytest_assertrepr_compare(config, op, left, right):
    global _compared
    if op in ("==", "is"):
        try:
            _compared = (repr(right), repr(left))
        except Exception:
            _compared = None
    return None

@pytest.hookimpl(hookwrapper=True)
def pytest_runtest_makereport(item, call):
    global _compared
    outcome = yield
    report = outcome.get_result()
    if report.failed and _compared is not None:
        report.user_properties.append(("capstan", _compared))
    _compared = None

_config = None

def pytest_configure(config):
    global _config
    _config = config

def _message(report):
    crash = getattr(report.longrepr, "reprcrash", None)
    if crash is not None:
        return crash.message, crash.lineno, str(crash.path)
    return str(report.longrepr), None, None

def pytest_runtest_logreport(report):
    if hasattr(_config, "workerinput"):
        return
    if report.when != "call" and report.passed:
        return
    path, line, _ = report.location
    parts = report.nodeid.split("::")
    entry = {"suite": parts[1:-1], "test": parts[-1], "file": os.path.join(str(_config.rootpath), parts[0]), "line": None if line is None else line + 1,
             "durationMs": report.duration * 1000, "status": "skipped" if report.skipped else "failed" if report.failed else "passed"}
    if report.failed:
        message, crashed, crashed_in = _message(report)
        entry["message"] = message if report.when == "call" else report.when + ": " + message
        if crashed is not None and crashed_in and os.path.abspath(crashed_in) == os.path.abspath(entry["file"]):
            entry["line"] = crashed
        values = dict(report.user_properties).get("capstan")
        if values:
            entry["expected"], entry["actual"] = values
    _write(entry)

def pytest_collectreport(report):
    if report.failed and not hasattr(_config, "workerinput"):
        _write({"error": _message(report)[0] if getattr(report.longrepr, "reprcrash", None) else str(report.longrepr), "file": os.path.join(str(_config.rootpath), report.nodeid.split("::")[0])})
`;

/** Pytest, by a plug-in of our own: JUnit XML has no values and no line of the failure. */
export const pytestRunner: TestRunner = {
  name: 'pytest',
  detect: (project) =>
    project.has('pytest.ini') ||
    project.has('conftest.py') ||
    /\[tool\.pytest|["']pytest\b/.test(project.text('pyproject.toml')) ||
    /\[(tool:)?pytest\]/.test(project.text('setup.cfg') + project.text('tox.ini')) ||
    /^pytest\b/m.test(project.text('requirements.txt') + project.text('requirements-dev.txt')) ||
    project.names(/^test_.*\.py$|^.*_test\.py$/).length > 0,
  files: /\.py$/,
  plan({ files, name, reports }) {
    const shown = [...(name === undefined ? [] : ['-k', keywords(name)]), ...files];
    const words = ['-p', 'capstan_report', '-q', '--continue-on-collection-errors', ...shown];
    return {
      program: 'pytest',
      words,
      shown,
      reporter: { name: 'capstan_report.py', text: reporter },
      env: { CAPSTAN_REPORT: join(reports, reportName), PYTHONPATH: reports },
    };
  },
};

// -k takes an expression of words, not a text.
function keywords(name: string): string {
  return name
    .split(/\W+/)
    .filter((word) => word !== '' && !/^(and|or|not)$/.test(word))
    .join(' and ');
}
