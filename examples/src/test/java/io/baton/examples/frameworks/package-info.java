/**
 * Frameworks, pools and tools on Baton: each is given the URL and nothing else, and each loses its
 * server in the middle of a transaction.
 */
@NullMarked
package io.baton.examples.frameworks;

import org.jspecify.annotations.NullMarked;
