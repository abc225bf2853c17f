"""Started by test_harvest: harvests again and again in a child that is killed, each time at another moment. Prints a line for each kill."""
import os
import random
import signal
import sys
import time

from course_utils.attack import harvest

url, key, path, questions, kills = *sys.argv[1:5], int(sys.argv[5])
asked = open(questions).read().splitlines()
draw = random.Random(0)
for first in (1, 13):                            # all is imported, or a kill would find the child at that; and what does one round take?
    started = time.perf_counter()
    harvest.harvest(url, asked[:first], path, key=key, at_once=4, per_request=3, progress=None)
    took = min(time.perf_counter() - started, 0.25)          # on a busy machine: the questions must last for all the kills
for _ in range(kills):
    child = os.fork()
    if child == 0:
        harvest.harvest(url, asked, path, key=key, at_once=4, per_request=3, progress=None)
        os._exit(0)
    time.sleep(took * draw.uniform(0.3, 2.5))
    os.kill(child, signal.SIGKILL)
    ended = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
    print("killed" if ended == -signal.SIGKILL else "finished", flush=True)
    sys.stdin.readline()                      # the test counts, and says when to go on
