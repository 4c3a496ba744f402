"""Runs the emulator with hypercorn's arguments until its standard input is closed.

So it never outlives whoever started it, however that one ended. It leads a process group of its own, which holds
the deployed function's processes too and is killed as a whole.
"""

import os
import signal
import sys
import threading

from hypercorn.__main__ import main
from ministack.core import iam_actions


def end_with_the_one_who_started_it():
    while os.read(sys.stdin.fileno(), 1024):
        pass
    os.killpg(0, signal.SIGKILL)


# SQS asks for the permission of the single message where a batch is sent, deleted or hidden (SQS API reference,
# AddPermission: it covers the batch version too); the emulator asks for one that IAM does not know.
SINGLE_MESSAGE_ACTIONS = {
    "sqs:SendMessageBatch": "sqs:SendMessage",
    "sqs:DeleteMessageBatch": "sqs:DeleteMessage",
    "sqs:ChangeMessageVisibilityBatch": "sqs:ChangeMessageVisibility",
}
emulated_action = iam_actions.extract_iam_action


def action_as_sqs_asks(*request):
    action = emulated_action(*request)
    return SINGLE_MESSAGE_ACTIONS.get(action, action)


iam_actions.extract_iam_action = action_as_sqs_asks
threading.Thread(target=end_with_the_one_who_started_it, daemon=True).start()
sys.exit(main())
