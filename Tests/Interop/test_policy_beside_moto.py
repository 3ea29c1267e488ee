"""Decisions and refusals beside moto's IAM evaluator, where both speak.

moto reads identity policies with Action, NotAction, Resource and `*`. Within that the answers must be the same, over drawn
policies and requests. Beyond it each known difference stands here with both answers and AWS's own words on it, so that a
change on either side is noticed.
"""
from __future__ import annotations

import json
import random
from concurrent.futures import ThreadPoolExecutor

import pytest
from moto.iam import access_control
from moto.iam import policy_validation as validation
from moto.iam.exceptions import MalformedPolicyDocument

GUIDE = "https://docs.aws.amazon.com/IAM/latest/UserGuide/"
ACCOUNT = "111122223333"
KEY = f"arn:aws:kms:eu-central-1:{ACCOUNT}:key/1234abcd-12ab-34cd-56ef-1234567890ab"
OTHER = f"arn:aws:kms:us-east-1:{ACCOUNT}:key/99999999-12ab-34cd-56ef-1234567890ab"

WORDS = {
    access_control.PermissionResult.PERMITTED: "allowed",
    access_control.PermissionResult.DENIED: "denied",
    access_control.PermissionResult.NEUTRAL: "silent",
}


def document(*statements: dict, version: str = "2012-10-17") -> str:
    return json.dumps({"Version": version, "Statement": list(statements)})


def moto(policy: str, action: str, resource: str, conditions: dict | None = None) -> str:
    permission = access_control.IAMPolicy(policy).is_action_permitted(
        action, resource, incoming_condition_values=conditions)
    return WORDS[permission]


def coffer(work, policy: str, action: str, resource: str, conditions: dict | None = None) -> str:
    """Our answer: allowed, denied aloud, or silent."""
    flags = [flag for name, value in (conditions or {}).items() for flag in ("--condition", f"{name}={value}")]
    result = work.coffer(
        "policy", "test", "--policy", "-", "--principal", "alice", "--action", action, "--resource", resource, "--json",
        *flags, code=None, stdin=policy.encode(), env={"COFFER_ACCOUNT": ACCOUNT})
    assert result.code in (0, 1), result.err
    answer = result.json
    assert answer["allowed"] == (result.code == 0)
    return "allowed" if answer["allowed"] else "denied" if answer["explicit"] else "silent"


ACTIONS = ["kms:Decrypt", "kms:Encrypt", "kms:*", "*", "kms:De*", "kms:*crypt", "kms:GenerateDataKey*", "s3:*", "kms:DescribeKey"]
RESOURCES = ["*", KEY, OTHER, "arn:aws:kms:*", f"arn:aws:kms:*:{ACCOUNT}:key/*", "arn:aws:kms:*:*:key/1234*", "arn:aws:s3:::*"]


def drawn(chance: random.Random) -> tuple[str, str, str]:
    """A policy in the words that both understand, and a request to it."""
    statements = []
    for _ in range(chance.randint(1, 4)):
        some = lambda values: chance.sample(values, chance.randint(1, 3))  # noqa: E731
        actions = some(ACTIONS)
        statements.append({
            "Effect": chance.choice(["Allow", "Allow", "Deny"]),
            chance.choice(["Action", "Action", "NotAction"]): actions if chance.random() < 0.7 else actions[0],
            "Resource": some(RESOURCES) if chance.random() < 0.7 else chance.choice(RESOURCES),
        })
    action = chance.choice(["kms:Decrypt", "kms:Encrypt", "kms:GenerateDataKeyPair", "kms:DescribeKey", "s3:GetObject"])
    return document(*statements), action, chance.choice([KEY, OTHER, "arn:aws:s3:::bucket/object"])


def test_drawn_policies_are_decided_alike(empty):
    chance = random.Random(20261121)
    cases = [drawn(chance) for _ in range(240)]
    with ThreadPoolExecutor(2) as pool:
        ours = list(pool.map(lambda case: coffer(empty, *case), cases))
    theirs = [moto(*case) for case in cases]
    for case, our, their in zip(cases, ours, theirs):
        assert our == their, case
    assert {word: theirs.count(word) > 20 for word in WORDS.values()} == dict.fromkeys(WORDS.values(), True)


ANY = {"Effect": "Allow", "Action": "kms:*", "Resource": "*"}
TAGGED = {"StringEquals": {"kms:ViaService": "s3"}}

# name, statements, action, resource, conditions of the request, our answer, moto's, AWS's words (in short) and where.
DIFFERENCES = [
    ("case of an action", [{"Effect": "Allow", "Action": "KMS:decrypt", "Resource": "*"}], "kms:Decrypt", KEY, None,
     "allowed", "silent", "prefix and name of an action are not case-sensitive", "reference_policies_elements_action.html"),
    ("case of a denied action", [ANY, {"Effect": "Deny", "Action": "kms:DECRYPT", "Resource": "*"}], "kms:Decrypt", KEY, None,
     "denied", "allowed", "prefix and name of an action are not case-sensitive", "reference_policies_elements_action.html"),
    ("one character", [{"Effect": "Allow", "Action": "kms:?ecrypt", "Resource": "*"}], "kms:Decrypt", KEY, None,
     "allowed", "silent", "? stands for any single character", "reference_policies_elements_action.html"),
    ("not an optional character", [{"Effect": "Allow", "Action": "kms:Decryptx?", "Resource": "*"}], "kms:Decrypt", KEY, None,
     "silent", "allowed", "? stands for exactly one character; moto reads a regular expression",
     "reference_policies_elements_resource.html"),
    ("a dot is a dot", [{"Effect": "Allow", "Action": "s3:*", "Resource": "arn:aws:s3:::a.b"}], "s3:GetObject", "arn:aws:s3:::axb",
     None, "silent", "allowed", "only * and ? are wildcards; moto reads a regular expression",
     "reference_policies_elements_resource.html"),
    ("NotResource", [{"Effect": "Allow", "Action": "kms:*", "NotResource": KEY}], "kms:Decrypt", KEY, None,
     "silent", "allowed", "NotResource matches every resource but those listed", "reference_policies_elements_notresource.html"),
    ("Deny with NotResource", [ANY, {"Effect": "Deny", "Action": "kms:*", "NotResource": KEY}], "kms:Decrypt", OTHER, None,
     "denied", "allowed", "NotResource matches every resource but those listed", "reference_policies_elements_notresource.html"),
    ("a variable", [{"Effect": "Allow", "Action": "kms:*", "Resource": "arn:aws:kms:*:${aws:PrincipalAccount}:key/*"}],
     "kms:Decrypt", KEY, None, "allowed", "silent", "variables in Resource are replaced", "reference_policies_variables.html"),
    ("an Allow whose condition fails says nothing", [ANY, ANY | {"Condition": TAGGED}], "kms:Decrypt", KEY, {"kms:ViaService": "ec2"},
     "allowed", "denied", "a statement whose conditions do not hold does not apply", "reference_policies_elements_condition.html"),
    ("a Deny whose condition fails says nothing", [ANY, {"Effect": "Deny", "Action": "kms:*", "Resource": "*", "Condition": TAGGED}],
     "kms:Decrypt", KEY, {"kms:ViaService": "ec2"}, "allowed", "denied",
     "a statement whose conditions do not hold does not apply", "reference_policies_elements_condition.html"),
    ("a missing key", [ANY | {"Condition": TAGGED}], "kms:Decrypt", KEY, None, "silent", "allowed",
     "a key that is not in the request does not match", "reference_policies_elements_condition_operators.html"),
    ("an operator besides StringEquals", [ANY | {"Condition": {"Bool": {"aws:SecureTransport": "true"}}}], "kms:Decrypt", KEY,
     {"aws:SecureTransport": "false"}, "silent", "allowed", "Bool compares with true or false",
     "reference_policies_elements_condition_operators.html"),
]


@pytest.mark.parametrize("case", DIFFERENCES, ids=lambda case: case[0])
def test_a_difference_is_as_aws_has_it(empty, case):
    _, statements, action, resource, conditions, ours, theirs, words, page = case
    policy = document(*statements)
    assert coffer(empty, policy, action, resource, conditions) == ours, f"{words} ({GUIDE}{page})"
    assert moto(policy, action, resource, conditions) == theirs, "moto changed: is this still a difference?"


@pytest.mark.parametrize("statement, conditions, answer", [
    (ANY | {"Condition": TAGGED}, {"kms:ViaService": "s3"}, "allowed"),
    (ANY | {"Condition": {"StringEquals": {"kms:ViaService": ["s3", "ec2"]}}}, {"kms:ViaService": "ec2"}, "allowed"),
    ({"Effect": "Deny", "Action": "kms:*", "Resource": "*", "Condition": TAGGED}, {"kms:ViaService": "s3"}, "denied"),
])
def test_a_condition_that_holds_is_seen_alike(empty, statement, conditions, answer):
    policy = document(statement)
    assert coffer(empty, policy, "kms:Decrypt", KEY, conditions) == moto(policy, "kms:Decrypt", KEY, conditions) == answer


def moto_takes(text: str) -> bool:
    try:
        validation.IAMPolicyDocumentValidator(text).validate()
        return True
    except MalformedPolicyDocument:
        return False


def coffer_takes(work, text: str) -> bool:
    result = work.coffer("policy", "check", "-", "--kind", "identity", code=None, stdin=text.encode())
    if result.code == 2:
        assert result.err.startswith("coffer: -: "), result.err
    return result.code != 2


def changed(**members) -> str:
    return document({name: value for name, value in (ANY | members).items() if value is not None})


ALIKE = {
    "as it should be": (changed(), True),
    "one statement without a list": (json.dumps({"Version": "2012-10-17", "Statement": ANY}), True),
    "NotAction": (changed(Action=None, NotAction=["kms:Decrypt"]), True),
    "NotResource": (changed(Resource=None, NotResource=KEY), True),
    "conditions": (changed(Condition={"ForAnyValue:StringLikeIfExists": {"aws:TagKeys": ["a*"]}, "Null": {"kms:X": "true"}}), True),
    "Sids that differ": (document(ANY | {"Sid": "a"}, ANY | {"Sid": "b"}), True),
    "empty Sids": (document(ANY | {"Sid": ""}, ANY | {"Sid": ""}), True),
    "an Id": (json.dumps({"Version": "2012-10-17", "Id": "x", "Statement": [ANY]}), True),
    "no JSON": ("policy", False),
    "a list": ("[]", False),
    "no statement": (json.dumps({"Version": "2012-10-17"}), False),
    "no statements": (document(), False),
    "a statement that is a text": (json.dumps({"Version": "2012-10-17", "Statement": ["x"]}), False),
    "an unknown version": (document(ANY, version="2012-10-18"), False),
    "an unknown member": (json.dumps({"Version": "2012-10-17", "Statement": [ANY], "Extra": 1}), False),
    "an unknown member of a statement": (changed(Extra=1), False),
    "no Effect": (changed(Effect=None), False),
    "another Effect": (changed(Effect="Maybe"), False),
    "an Effect in lower case": (changed(Effect="allow"), False),
    "no Action": (changed(Action=None), False),
    "an Action that is a number": (changed(Action=7), False),
    "an Action without a service": (changed(Action="Decrypt"), False),
    "an Action with two colons": (changed(Action="kms:a:b"), False),
    "both Action and NotAction": (changed(NotAction="kms:Decrypt"), False),
    "no Resource": (changed(Resource=None), False),
    "a Resource that is no ARN": (changed(Resource="key"), False),
    "a Resource that is a number": (changed(Resource=7), False),
    "both Resource and NotResource": (changed(NotResource=KEY), False),
    "a Sid twice": (document(ANY | {"Sid": "a"}, ANY | {"Sid": "a"}), False),
    "a Sid that is a number": (changed(Sid=7), False),
    "a Condition that is a list": (changed(Condition=[]), False),
    "an unknown operator": (changed(Condition={"StringSame": {"kms:X": "a"}}), False),
    "an operator on a text": (changed(Condition={"StringEquals": "a"}), False),
    "a condition on nothing": (changed(Condition={"StringEquals": {"kms:X": None}}), False),
    "a condition on an object": (changed(Condition={"StringEquals": {"kms:X": {}}}), False),
}


@pytest.mark.parametrize("name", ALIKE)
def test_a_document_is_taken_or_refused_alike(empty, name):
    text, is_taken = ALIKE[name]
    assert (coffer_takes(empty, text), moto_takes(text)) == (is_taken, is_taken)


# name → text, whether we take it, whether moto does, and why.
STRICTER_OR_LOOSER = {
    "a Principal": (changed(Principal="*"), False, True,
        "an identity policy has no Principal: reference_policies_elements_principal.html"),
    "a policy without a version": (json.dumps({"Statement": [ANY]}), True, False,
        "it is then of 2008-10-17: reference_policies_elements_version.html; key policies are often so"),
    "the first version": (document(ANY, version="2008-10-17"), True, False, "an earlier version of the language that may not be "
        "chosen for new identity policies, and is taken in key policies: reference_policies_elements_version.html"),
    "a number in a condition": (changed(Condition={"NumericLessThan": {"aws:MultiFactorAuthAge": 3600}}), True, False,
        "numbers need no quotes: reference_policies_grammar.html"),
    "a member twice": ('{"Version":"2012-10-17","Statement":[],"Statement":[%s]}' % json.dumps(ANY), False, True,
        "two readers would see two policies: RFC 8259, section 4"),
}


@pytest.mark.parametrize("name", STRICTER_OR_LOOSER)
def test_a_document_is_taken_as_aws_has_it(empty, name):
    text, ours, theirs, why = STRICTER_OR_LOOSER[name]
    assert coffer_takes(empty, text) == ours, why
    assert moto_takes(text) == theirs, "moto changed: is this still a difference?"
