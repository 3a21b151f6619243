/** One release under traffic, over HTTP only, with every answer checked against the rule in force. */
@NullMarked
package io.tricolor.standalone.demo;

import org.jspecify.annotations.NullMarked;
