using System.Text;
using Nerve.Agent.Tasks;
using Nerve.Protocol.Runs;

namespace Nerve.Agent.Tests.Tasks;

public class SecretMaskTests
{
    [Theory]
    [InlineData("the s3cret is s3cret.", "the *** is ***.")]
    [InlineData("s3cre s3cret", "s3cre ***")]
    [InlineData("ss3cret", "s***")]
    [InlineData("s3crets3cret-and-more", "******")]
    [InlineData("übung ü", "*** ü")]
    [InlineData("-----BEGIN KEY-----\nAAAABBBBCCCC\nDD\n-----END KEY-----", "***")]
    [InlineData("line AAAABBBBCCCC\nDD", "line ***\nDD")]
    [InlineData("", "")]
    public void Mask_CutAnywhere_LeavesNoSecret(string text, string expected)
    {
        var bytes = Encoding.UTF8.GetBytes(text);
        for (var first = 0; first <= bytes.Length; first++)
        {
            for (var second = first; second <= bytes.Length; second++)
            {
                Assert.Equal(expected, Masked(bytes[..first], bytes[first..second], bytes[second..]));
            }
        }
    }

    [Fact]
    public void Mask_TwoStreams_AreApart()
    {
        var seen = new StringBuilder();
        var mask = new SecretMask(["abcd"], (stream, data) => seen.Append($"{stream}:{Encoding.UTF8.GetString(data)} "));

        mask.Append(OutputStream.Stdout, "1ab"u8);
        mask.Append(OutputStream.Stderr, "cd2"u8);
        mask.Append(OutputStream.Stdout, "cd3"u8);
        mask.Flush();

        Assert.Equal("Stdout:1 Stderr:cd2 Stdout:*** Stdout:3 ", seen.ToString());
    }

    [Fact]
    public void Mask_NothingBegun_HoldsNothingBack()
    {
        var seen = new StringBuilder();
        var mask = new SecretMask(["abcd"], (_, data) => seen.Append(Encoding.UTF8.GetString(data)));

        mask.Append(OutputStream.Stdout, "Password: "u8);

        Assert.Equal("Password: ", seen.ToString());
    }

    private static string Masked(params byte[][] pieces)
    {
        var seen = new MemoryStream();
        var mask = new SecretMask(
            ["s3cret", "s3cret-and-more", "übung", "-----BEGIN KEY-----\nAAAABBBBCCCC\nDD\n-----END KEY-----", ""],
            (_, data) => seen.Write(data));
        foreach (var piece in pieces)
        {
            mask.Append(OutputStream.Stdout, piece);
        }

        mask.Flush();
        return Encoding.UTF8.GetString(seen.ToArray());
    }
}
