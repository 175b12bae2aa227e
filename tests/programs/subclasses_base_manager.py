"""BaseManager is subclassed: classes of the program's own, a function that returns a shared object, a chosen exposure."""

import multiprocessing as mp
from multiprocessing.managers import BaseManager, BaseProxy


class Account:
    def __init__(self, owner):
        self.owner, self.amount = owner, 0

    def pay_in(self, amount):
        if amount <= 0:
            raise ValueError(f"{self.owner} cannot pay in {amount}")
        self.amount += amount
        return self.amount


class AccountProxy(BaseProxy):
    _exposed_ = ("pay_in",)

    def pay_in(self, amount):
        return self._callmethod("pay_in", (amount,))


def board(boards=[{}]):
    return boards[0]  # the server's only one


class Bank(BaseManager):
    """Its server holds accounts and one board."""


Bank.register("Account", Account, AccountProxy)
Bank.register("board", callable=board, exposed=("update", "copy", "__len__"))


def customer(account, board, amounts):
    for amount in amounts:
        account.pay_in(amount)
    board.update({mp.current_process().name: sum(amounts)})


def main():
    with Bank() as bank:
        account, board = bank.Account("Sam"), bank.board()
        customers = [mp.Process(target=customer, args=(account, board, range(1, n)), name=f"to-{n}") for n in (4, 5)]
        for process in customers:
            process.start()
            process.join()
        try:
            account.pay_in(-1)
        except ValueError as problem:
            print("refused:", problem)
        print("in all", account.pay_in(4), "by", board.__len__())
        print(sorted(bank.board().copy().items()))


if __name__ == "__main__":
    main()
