/** What instances write, for people: the last lines, and what comes from now on. */
@NullMarked
package io.tricolor.deploy.log;

import org.jspecify.annotations.NullMarked;
