"""Headless Chromium, spoken to over its own pipe: no driver, no port, no library."""

import itertools
import json
import os
import subprocess
import time
from base64 import b64decode

FLAGS = (
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-dev-shm-usage",
    "--no-first-run",
    "--lang=en",
    "--remote-debugging-pipe",
)


class Chromium:
    """One tab. Every method is one or a few commands of the Chrome DevTools Protocol."""

    def __init__(self, program, folder):
        to, back = folder / "to", folder / "back"
        for pipe in (to, back):
            os.mkfifo(pipe)
        profile = f"--user-data-dir={folder / 'profile'}"
        # The browser reads commands from descriptor 3 and answers on 4.
        self._process = subprocess.Popen(
            ["sh", "-c", 'exec "$@" 3<"$TO" 4>"$BACK"', "sh", program, *FLAGS, profile],
            env=os.environ | {"TO": str(to), "BACK": str(back)},
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        self._to, self._back = to.open("wb", buffering=0), back.open("rb")
        self._numbers = itertools.count(1)
        self._session = None
        self.events = []
        attached = self.send("Target.attachToTarget", targetId=self._first_page(), flatten=True)
        self._session = attached["sessionId"]
        for domain in ("Page", "Network", "Runtime", "DOM", "Log"):
            self.send(f"{domain}.enable")

    def _first_page(self):
        """The browser answers before its first tab is there."""
        for _ in range(200):
            for one in self.send("Target.getTargets")["targetInfos"]:
                if one["type"] == "page":
                    return one["targetId"]
            time.sleep(0.05)
        raise AssertionError("the browser opened no page")

    def send(self, method, **parameters):
        number = next(self._numbers)
        message = {"id": number, "method": method, "params": parameters}
        if self._session is not None:
            message["sessionId"] = self._session
        left = memoryview(json.dumps(message).encode() + b"\0")
        while left:
            left = left[self._to.write(left) :]
        while True:
            answer = self._receive()
            if answer.get("id") == number:
                assert "error" not in answer, answer["error"]
                return answer["result"]
            self.events.append(answer)

    def _receive(self):
        parts = []
        while not (part := self._back.peek()).count(b"\0"):
            assert part, "the browser has ended"
            parts.append(self._back.read(len(part)))
        parts.append(self._back.read(part.index(b"\0")))
        self._back.read(1)
        return json.loads(b"".join(parts))

    def open(self, path):
        self.events.clear()
        self.send("Page.navigate", url=path.as_uri())
        self.run(
            "new Promise(done => document.readyState === 'complete' ? done() : "
            "addEventListener('load', () => done()))"
        )

    def run(self, expression):
        """The value of an expression in the page, awaited."""
        answer = self.send(
            "Runtime.evaluate", expression=expression, returnByValue=True, awaitPromise=True
        )
        assert "exceptionDetails" not in answer, answer["exceptionDetails"]
        return answer["result"].get("value")

    def call(self, function, argument):
        """The value of a function of the page given one JSON value."""
        this = self.send("Runtime.evaluate", expression="globalThis")["result"]["objectId"]
        answer = self.send(
            "Runtime.callFunctionOn",
            functionDeclaration=function,
            objectId=this,
            arguments=[{"value": argument}],
            returnByValue=True,
        )
        assert "exceptionDetails" not in answer, answer["exceptionDetails"]
        return answer["result"]["value"]

    def choose(self, selector, *paths):
        root = self.send("DOM.getDocument")["root"]["nodeId"]
        node = self.send("DOM.querySelector", nodeId=root, selector=selector)["nodeId"]
        self.send("DOM.setFileInputFiles", nodeId=node, files=[str(path) for path in paths])

    def press(self, key, code, text=""):
        common = {"key": key, "code": key, "windowsVirtualKeyCode": code}
        self.send("Input.dispatchKeyEvent", type="keyDown", text=text, **common)
        self.send("Input.dispatchKeyEvent", type="keyUp", **common)

    def write(self, text):
        self.send("Input.insertText", text=text)

    def picture(self):
        shot = self.send("Page.captureScreenshot", format="png", captureBeyondViewport=True)
        return b64decode(shot["data"])

    def close(self):
        self._to.close()
        self._back.close()
        self._process.terminate()
        self._process.wait(20)
