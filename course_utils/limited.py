"""Run somebody else's code for so many seconds at most: an exercise's answer, an entry of the tournament."""
import contextvars
import ctypes
import functools
import threading


class StillRunning(Exception):
    """The work took too long and was stopped. The message says so, and asks what may be behind it."""


class TimeUp(BaseException):
    """Raised inside a function that runs too long. Not an Exception, so that `except Exception` does not swallow it."""


_order = ("PyThreadState_SetAsyncExc", ctypes.pythonapi)
_interrupt = ctypes.PYFUNCTYPE(None, ctypes.c_ulong, ctypes.py_object)(_order)
_withdraw = ctypes.PYFUNCTYPE(None, ctypes.c_ulong, ctypes.c_void_p)(_order)      # of nothing: what was ordered is taken back


def _several(thread, times):
    """A TimeUp that, once raised, orders the next one, so many in all: each handler in which the function swallows them ends at the next.

    The next is ordered by the constructor, which is C all the way: Python code would be interrupted by it at once.
    """
    kind = TimeUp
    for _ in range(times - 1):
        kind = type("TimeUp", (TimeUp,), {"__init__": staticmethod(functools.partial(_interrupt, thread, kind))})
    return kind


def limited(work, seconds):
    """work(), in a thread of its own: the one way to stop an endless loop that is the same on every system. Raises StillRunning.

    A thread that is busy in Python gets TimeUps; one that sleeps inside a library is left behind and gets them on waking.
    """
    box, gate = {}, threading.RLock()       # gate: no TimeUp is ordered while the thread takes back what is still under way

    def under(handlers):
        own = threading.get_ident()
        try:
            if handlers:
                under(handlers - 1)             # each level takes one more that was ordered meanwhile
            else:
                try:
                    box["value"] = work()
                except BaseException as error:  # also SystemExit: a call of exit() must not end the kernel
                    _withdraw(own, None)        # first of all, before Python looks for the next one
                    box["error"] = error
        except TimeUp:
            _withdraw(own, None)
        with gate:
            box["over"] = True
            _withdraw(own, None)

    thread = threading.Thread(target=contextvars.copy_context().run, args=(under, 3), daemon=True)
    thread.start()
    try:
        thread.join(seconds)
        late = "over" not in box
    finally:                                # also when the reader presses the stop button
        for doubled in range(1, 13):
            if thread.is_alive() and gate.acquire(timeout=0.05):
                if "over" not in box:
                    _interrupt(thread.ident, _several(thread.ident, 2**doubled))
                gate.release()
            thread.join(0.05)
    if late:
        raise StillRunning(f"Your function was still running after {seconds:g} seconds and was stopped. "
                           "Is there a loop whose condition never becomes false, a function that calls itself without an end, "
                           "or a method that needs too many steps?")
    if "error" in box:
        raise box["error"]
    return box["value"]
