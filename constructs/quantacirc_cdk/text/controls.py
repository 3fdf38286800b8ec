"""The text that not every output can carry; the model refuses it where it is written."""

import re
import unicodedata

_UNUSABLE = re.compile("[\x00\x7f-\x9f\u2028\u2029\ud800-\udfff\ufffe\uffff]|\r(?!\n)")
_TRIMMED = re.compile("[\u00a0\u1680\u2000-\u200a\u202f\u205f\u3000]\\Z")


def unusable(text: str) -> str | None:
    """Return what in ``text`` an output cannot carry, such as ``the character U+0000``; None where all can be.

    NUL ends a string in the environment of a process and in a shell script. Helm checks values against their schema
    with U+007F to U+009F unescaped, which its own reader refuses. Helm's ``toYaml`` reads JSON as YAML 1.1, in which
    U+0085, U+2028 and U+2029 end a line, and trims every blank of Unicode from the end of a rendered object. Half of a
    surrogate pair is no character and has no UTF-8. U+FFFE and U+FFFF are no characters of YAML
    (https://yaml.org/spec/1.2.2/#51-character-set), and Markdown has no name for them. After a carriage return that
    ends no line Terraform misreads the escape of ``${``. Terraform brings every string into Unicode's normal form C,
    so text in another form would not be the same in the cloud as in the cluster
    (https://developer.hashicorp.com/terraform/language/expressions/types#string).
    """
    found = _UNUSABLE.search(text)
    if found:
        return f"the character U+{ord(found[0]):04X}"
    if found := _TRIMMED.search(text):
        return f"the blank U+{ord(found[0]):04X} at the end"
    return None if unicodedata.is_normalized("NFC", text) else "characters that are not in Unicode's normal form C"
