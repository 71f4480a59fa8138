"""The buttons that do something: approve, reject, pause and resume, each with a question before it.

They call the approver, which observes and decides afresh. Who may press them is for IAM to say: CloudWatch
invokes the function in the name of the person who looks at the dashboard.
"""

from unwedge.model.incident import ApprovalRequest
from unwedge.people.answer.tokens import RESUME, answer_subject
from unwedge.people.view.context import Calls
from unwedge.people.view.html import Html, button, el, field, join
from unwedge.people.view.words import last_part, subject
from unwedge.record.rows import Key


def answer_buttons(key: Key, incident: str, request: ApprovalRequest, calls: Calls) -> Html:
    """Approve and reject for what an incident asks."""
    cluster, name = key.service
    sealed = answer_subject(incident, request.subject)
    if not calls.token(sealed):
        return el("span", calls.untold)
    about = {
        "cluster_arn": cluster,
        "service_name": name,
        "incident": incident,
        "subject": request.subject,
    }
    what, where = subject(request.subject), f"of service {name} in cluster {last_part(cluster)}"
    approves = (
        f"Approve: {what} {where}? Unwedge looks at the service afresh and acts only if that is still right."
    )
    rejects = f"Reject: do not {what} {where}? Nothing is done until something else is asked."
    return join(
        button(
            "Approve",
            calls=calls.approver,
            given={**about, "answer": "approve", "token": calls.token(sealed)},
            confirmation=approves,
            primary=True,
        ),
        button(
            "Reject",
            calls=calls.approver,
            # A token of its own: who thinks again presses it on the same drawing.
            given={**about, "answer": "reject", "token": calls.token(sealed)},
            confirmation=rejects,
        ),
    )


def kill_switch_buttons(calls: Calls, *, paused: bool) -> Html:
    """Pause, with a reason, or resume."""
    if paused:
        token = calls.token(RESUME)
        if not token:
            return el("span", calls.untold)
        question = "Resume: may Unwedge stop tasks again, in every service whose mode allows it?"
        return button(
            "Resume",
            calls=calls.approver,
            given={"kill_switch": "resume", "token": token},
            confirmation=question,
        )
    reason = field("Reason", "reason", hint="why, for the record")
    question = "Pause: Unwedge stops no task of any service until somebody resumes it. It goes on observing."
    pause = button("Pause", calls=calls.approver, given={"kill_switch": "pause"}, confirmation=question)
    return el("span", reason, " ", pause)
