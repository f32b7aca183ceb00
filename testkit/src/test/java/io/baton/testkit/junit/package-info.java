@NullMarked
package io.baton.testkit.junit;

import org.jspecify.annotations.NullMarked;
