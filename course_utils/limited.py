"""Run somebody else's code for so many seconds at most: an exercise's answer, an entry of the tournament."""
import contextvars
import ctypes
import functools
import threading
import time


class StillRunning(Exception):
    """The work took too long and was stopped. The message says so, and asks what may be behind it."""


class TimeUp(BaseException):
    """Raised inside a function that runs too long. Not an Exception, so that `except Exception` does not swallow it."""


_interrupt = ctypes.PYFUNCTYPE(None, ctypes.c_ulong, ctypes.py_object)(("PyThreadState_SetAsyncExc", ctypes.pythonapi))


def _twice(thread):
    """A TimeUp that, once caught, raises another: a loop around a bare `except: pass` swallows the first and ends at the second.

    The second is ordered by the first one's constructor, which is C all the way: Python code would be interrupted by it at once.
    """
    return type("TimeUp", (TimeUp,), {"__init__": functools.partial(_interrupt, thread, TimeUp)})


def limited(work, seconds):
    """work(), in a thread of its own: the one way to stop an endless loop that is the same on every system. Raises StillRunning.

    A thread that is busy in Python gets a TimeUp; one that sleeps inside a library is left behind and gets it on waking.
    """
    box = {}

    def body():
        try:
            try:
                box["value"] = work()
            except BaseException as error:      # also SystemExit: a call of exit() must not end the kernel
                box["error"] = error
                time.sleep(0)                   # here a second TimeUp arrives, if there is one
        except TimeUp:
            pass

    thread = threading.Thread(target=contextvars.copy_context().run, args=(body,), daemon=True)
    thread.start()
    try:
        thread.join(seconds)
        late = thread.is_alive()
    finally:                                # also when the reader presses the stop button
        for _ in range(20):
            if not thread.is_alive():
                break
            _interrupt(thread.ident, _twice(thread.ident))
            thread.join(0.05)
    if late:
        raise StillRunning(f"Your function was still running after {seconds:g} seconds and was stopped. "
                           "Is there a loop whose condition never becomes false, or a method that needs too many steps?")
    if "error" in box:
        raise box["error"]
    return box["value"]
