"""The table of gaps excuses what it names and nothing else."""

from aws.gaps import GAPS, unexplained

TABLE = {("aws_eks_cluster", "access_config"): "the emulator does not return it"}


def test_what_the_table_names_is_excused() -> None:
    changes = {"aws_eks_cluster.cluster": (["update"], {"access_config": [[], [{}]]})}
    assert unexplained(changes, TABLE) == []


def test_another_attribute_or_type_is_not() -> None:
    changes = {
        "aws_eks_cluster.cluster": (["update"], {"access_config": [[], [{}]], "version": ["1.33", "1.34"]}),
        "aws_vpc.network": (["update"], {"tags": [{}, {"a": "b"}]}),
    }
    assert unexplained(changes, TABLE) == [
        "aws_eks_cluster.cluster.version: '1.33' to '1.34'",
        "aws_vpc.network.tags: {} to {'a': 'b'}",
    ]


def test_neither_is_making_or_removing_something() -> None:
    changes = {"aws_eks_cluster.cluster": (["delete", "create"], {"access_config": [[], [{}]]})}
    assert unexplained(changes, TABLE) == ["aws_eks_cluster.cluster: delete and create"]


def test_an_entry_that_is_no_longer_true_is_told() -> None:
    assert unexplained({}, TABLE) == ["aws_eks_cluster.access_config is no gap any more"]


def test_every_entry_has_a_reason() -> None:
    assert [key for key, reason in GAPS.items() if len(reason) < 20] == []
