package io.baton.examples.demo;

/**
 * One transfer of money between two accounts, under a number that no other transfer of the run has.
 *
 * @param number the operation number, kept through every attempt
 * @param worker who runs it
 * @param source the account the amount is taken from
 * @param target the account it goes to, never the source
 * @param amount how much
 */
record Transfer(long number, int worker, int source, int target, int amount) {}
