"""A JupyterLab or Notebook 7 of its own for the browser's tests: its settings, its copy of the notebooks, its page."""
import contextlib
import json
import os
import shutil
import socket
import subprocess
import sys
import time
import urllib.request
from pathlib import Path

import axe
import nbformat

COURSE = Path(__file__).resolve().parents[2]
SETTINGS = {"apputils-extension/notification": {"fetchNews": "false", "checkForUpdates": False},
            # all cells are in the page, so that what is looked for can be found; the default takes out what one has scrolled past
            "notebook-extension/tracker": {"windowingMode": "none"}}
# what Notebook 7 itself says when it is unpacked into a folder of its own: it misses the settings of one of its parts
NOISE = ("schema",)


@contextlib.contextmanager
def server(folder, program="jupyterlab"):
    """Start `program` ("jupyterlab" or "notebook") on a copy of the notebooks in `folder`. Yields its address, http://127.0.0.1:PORT."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    for name, settings in SETTINGS.items():
        path = folder / "settings" / "@jupyterlab" / f"{name}.jupyterlab-settings"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(json.dumps(settings))
    (folder / "notebooks").mkdir()
    for path in (COURSE / "notebooks").glob("*.ipynb"):
        shutil.copy(path, folder / "notebooks")
    schemas = folder / "schemas"                # JupyterLab's settings, and those of Notebook 7, which lies in a place of its own
    for place in (COURSE / ".venv-browser", Path(sys.prefix)):
        shutil.copytree(place / "share" / "jupyter" / "lab" / "schemas", schemas, dirs_exist_ok=True)
    environment = os.environ | {
        "JUPYTER_CONFIG_DIR": f"{folder}/config", "JUPYTER_DATA_DIR": f"{folder}/data", "JUPYTER_RUNTIME_DIR": f"{folder}/runtime",
        "JUPYTERLAB_SETTINGS_DIR": f"{folder}/settings", "JUPYTERLAB_WORKSPACES_DIR": f"{folder}/spaces", "IPYTHONDIR": f"{folder}/ipython",
        "JUPYTER_PATH": f"{COURSE}/.venv-browser/share/jupyter", "COURSE_WORK": f"{folder}/work", "COURSE_PROGRESS": "off",
        "OMP_NUM_THREADS": "1"}
    command = [sys.executable, "-m", program, "--no-browser", "--ip=127.0.0.1", f"--port={port}", "--ServerApp.port_retries=0",
               "--IdentityProvider.token=", "--ServerApp.disable_check_xsrf=True", "--allow-root",
               f"--ServerApp.root_dir={folder}/notebooks", f"--LabServerApp.schemas_dir={schemas}", "--LabApp.expose_app_in_browser=True",
               "--JupyterNotebookApp.expose_app_in_browser=True"]
    with open(folder / "server.log", "w") as log, subprocess.Popen(command, env=environment, stdout=log, stderr=log) as process:
        try:
            for _ in range(240):
                with contextlib.suppress(OSError):
                    urllib.request.urlopen(f"http://127.0.0.1:{port}/api/status", timeout=5).read()
                    break
                assert process.poll() is None, (folder / "server.log").read_text()[-2000:]
                time.sleep(0.5)
            yield f"http://127.0.0.1:{port}"
        finally:
            process.terminate()


def made(address, cells):
    """Put a notebook of these code cells on the server. Returns its name."""
    name = f"made_{abs(hash(tuple(cells)))}.ipynb"
    content = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(text) for text in cells],
                                       metadata={"kernelspec": {"name": "python3", "display_name": "Python 3", "language": "python"}})
    body = json.dumps({"type": "notebook", "format": "json", "content": content}).encode()
    urllib.request.urlopen(urllib.request.Request(f"{address}/api/contents/{name}", body, method="PUT"), timeout=20)
    return name


class Page:
    """A notebook in the browser, and everything that went wrong with it so far: `problems`."""

    def __init__(self, browser, address, name, program="jupyterlab", width=1280):
        self.problems, self.address = [], address
        self.context = browser.new_context(viewport={"width": width, "height": 1000})
        self.context.route(lambda url: not url.startswith((address, "data:", "blob:")), self._outside)
        self.page = self.context.new_page()
        self.page.on("pageerror", lambda error: self._told(f"page error: {error}"))
        self.page.on("console", self._console)
        place = f"lab/tree/{name}?reset" if program == "jupyterlab" else f"notebooks/{name}"         # reset: without the notebook before
        self.page.goto(f"{address}/{place}", wait_until="domcontentloaded")
        self.page.wait_for_selector(".jp-Notebook .jp-CodeCell", timeout=90_000)
        self.idle()
        if self.page.locator("#jp-left-stack").is_visible():                      # the files; who has 800 pixels closes them: Ctrl B
            self.command("application:toggle-left-area")

    def _outside(self, route):
        self.problems.append(f"a request to elsewhere: {route.request.url[:150]}")
        route.abort()

    def _told(self, text):
        if not any(known in text for known in NOISE):
            self.problems.append(text)

    def _console(self, message):
        if message.type == "error":
            self._told(f"console: {message.text[:200]} {message.location.get('url', '')[:150]}")

    def idle(self):
        """Wait until the page is connected to its kernel, and the kernel has nothing to do."""
        kernel = "window.jupyterapp?.shell.currentWidget?.sessionContext?.session?.kernel"
        self.page.wait_for_function(f"() => {kernel}?.connectionStatus === 'connected' && {kernel}.status === 'idle'", timeout=90_000)

    def command(self, name, **arguments):
        self.page.evaluate("([name, args]) => window.jupyterapp.commands.execute(name, args)", [name, arguments])

    def run_all(self, seconds=300):
        """Run every cell from top to bottom, and note each traceback."""
        self.page.evaluate("() => { window.jupyterapp.commands.execute('notebook:run-all-cells') }")
        prompts = "[...document.querySelectorAll('.jp-Notebook .jp-CodeCell .jp-InputPrompt')]"
        self.page.wait_for_function(f"() => {prompts}.every(e => /\\[\\d+\\]/.test(e.textContent))", timeout=seconds * 1000)
        self.idle()
        for text in self.page.locator(".jp-Notebook [data-mime-type='application/vnd.jupyter.error']").all_inner_texts():
            self.problems.append(f"traceback: {text[-300:]}")
        for text in self.page.locator(".jp-Notebook [data-mime-type='application/vnd.jupyter.stderr']").all_inner_texts():
            self.problems.append(f"stderr: {text[-300:]}")

    def theme(self, dark):
        name = "JupyterLab Dark" if dark else "JupyterLab Light"
        self.command("apputils:change-theme", theme=name)
        self.page.wait_for_selector(f"body[data-jp-theme-name='{name}']", state="attached")
        self.page.wait_for_timeout(300)

    def width(self, pixels):
        self.page.set_viewport_size({"width": pixels, "height": 1000})
        self.page.wait_for_timeout(500)

    def overflowing(self):
        """What scrolls sideways: code cells are counted, outputs and texts quoted."""
        return self.page.evaluate("""() => {
            const wide = (place) => [...document.querySelectorAll(place)].filter(e => e.scrollWidth > e.clientWidth + 1);
            const code = wide(".jp-Notebook .jp-CodeCell .cm-scroller").length;
            return [...(code ? [`${code} code cells`] : []), ...wide(".jp-OutputArea-output, .jp-MarkdownOutput").map(e =>
                `${e.scrollWidth} > ${e.clientWidth}: ${e.innerText.slice(0, 60)}`)];
        }""")

    def findings(self):
        return axe.findings(self.page)

    def close(self):
        """End the kernel and the page."""
        for kernel in json.load(urllib.request.urlopen(f"{self.address}/api/sessions", timeout=10)):
            urllib.request.urlopen(urllib.request.Request(f"{self.address}/api/sessions/{kernel['id']}", method="DELETE"), timeout=20)
        self.context.close()
